using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.CodeSigning;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Settings;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Creates a function from a zip, in the request or in S3, or from a container image: 1. size, 2. the model, 3. what Lambda itself refuses, 4. the name, 5. the zip,
/// 6. package, then record, durable. The answer says Pending; a background step makes it Active.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
/// </summary>
internal static class CreateFunction
{
    public static async Task<Result<FunctionConfiguration>> RunAsync(LambdaControlPlane plane, AwsRequest request)
    {
        if (PackageRules.CheckRequest(request, nameof(CreateFunction)) is { } tooLarge)
        {
            return tooLarge;
        }

        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.CreateFunctionRequest).Is(out var create, out var error))
        {
            return error;
        }

        error = PackageRules.CheckSize(create.Code, request, nameof(CreateFunction))
            ?? CheckModel(plane, create)
            ?? CheckValues(plane, create);
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfNew(plane, request, create.FunctionName!).Is(out var arn, out error))
        {
            return error;
        }

        if (!LayerRules.Take(plane, create.Layers, request).Is(out var layers, out error))
        {
            return error;
        }

        using var held = layers;
        error = CheckFree(plane, arn)
            ?? RuntimeRules.CheckSnapStart(create.SnapStart?.ApplyOn, create.Runtime); // of images ImageRules has refused it
        if (error is not null)
        {
            return error;
        }

        var defined = Define(arn, create, layers);
        return create.Code!.ImageUri is { } image
            ? await OfImageAsync(plane, arn, create, defined.Of(image))
            : await OfZipAsync(plane, arn, create, defined);
    }

    private static async Task<Result<FunctionConfiguration>> OfImageAsync(
        LambdaControlPlane plane, FunctionArn arn, CreateFunctionRequest create, FunctionDefinition definition) =>
        await RoleRules.CheckAsync(plane, arn.Account, create.Role!) is { } error
            ? error
            : await StoreAsync(plane, arn, create, definition, zip: null);

    private static async Task<Result<FunctionConfiguration>> OfZipAsync(
        LambdaControlPlane plane, FunctionArn arn, CreateFunctionRequest create, FunctionDefinition defined)
    {
        if (!(await plane.Sources.ZipOfAsync(create.Code!)).Is(out var zip, out var error))
        {
            return error;
        }

        error = PackageRules.CheckZip(zip, out var unzipped)
            ?? await RoleRules.CheckAsync(plane, arn.Account, create.Role!);
        if (error is not null)
        {
            return error;
        }

        var made = defined with { CodeSha256Hex = HeldPackages.HashOf(zip), CodeSize = zip.Length, UnzippedSize = unzipped };
        error = LayerRules.CheckSize(made);
        return error is not null || !plane.Signatures.Verify(arn, create.CodeSigningConfigArn, made, zip).Is(out var definition, out error)
            ? error
            : await StoreAsync(plane, arn, create, definition, zip);
    }

    private static AwsError? CheckModel(LambdaControlPlane plane, CreateFunctionRequest create) => ModelErrors.Of([
        .. FunctionReference.CheckName(create.FunctionName),
        Member.Required(create.Role, "role"),
        Member.Required(create.Code, "code"),
        Member.OneOf(create.PackageType, "packageType", "Zip", "Image"),
        .. SettingsConstraints.CheckS3(create.Code, "code."),
        .. SettingsConstraints.CheckArchitectures(create.Architectures),
        .. create.CodeSigningConfigArn is { } config ? CodeSigningConfigs.CheckArn(config) : [],
        .. SettingsConstraints.Check(create, plane.Options.Limits)]);

    private static AwsError? CheckValues(LambdaControlPlane plane, CreateFunctionRequest create)
    {
        var error = SettingsConstraints.CheckLater(create)
            ?? TagRecord.Check(create.Tags)
            ?? EnvironmentRules.Check(create.Environment);
        return error is not null ? error
            : ImageRules.IsOfImage(create.PackageType) ? ImageRules.Check(create)
            : PackageRules.CheckSource(create.Code, plane) ?? CheckMandatory(create) ?? RuntimeRules.Check(create.Runtime, plane);
    }

    private static AwsError? CheckMandatory(CreateFunctionRequest create) => create.Runtime is null || create.Handler is null
        ? FunctionErrors.Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
        : null;

    private static AwsError? CheckFree(LambdaControlPlane plane, FunctionArn arn) =>
        plane.Store.Index.Find(arn.Key()) is null ? null : FunctionErrors.AlreadyExists(arn.Name);

    private static FunctionDefinition Define(FunctionArn arn, CreateFunctionRequest create, LayersOfRequest layers) =>
        layers.In(new FunctionDefinition
        {
            LogGroup = $"/aws/lambda/{arn.Name}",
            Architectures = create.Architectures ?? ["x86_64"],
        }.With(create));

    private static async Task<Result<FunctionConfiguration>> StoreAsync(
        LambdaControlPlane plane, FunctionArn arn, CreateFunctionRequest create, FunctionDefinition definition, byte[]? zip)
    {
        var record = FunctionTransitions.Created(
            arn.Key(), definition, create.Tags, plane.Surroundings.NewId(),
            plane.Surroundings.NewId(), plane.Surroundings.Clock.GetUtcNow());

        // Not cancelled with the client: what was begun is finished, or the client cannot know what is there.
        using var held = zip is null ? null : await plane.Held.PutAsync(definition.CodeSha256Hex, zip, CancellationToken.None);
        using var turn = await plane.Store.TurnAsync(record.Key());
        var version = create.Publish == true ? Publication.Next(plane, record) : null;
        var signing = create.CodeSigningConfigArn is { } config
            ? plane.CodeSigningOf.With(record.Key(), FunctionErrors.Latest, new FunctionChoice(config))
            : null;
        if (!await plane.Store.TryAddAsync(record, version, signing))
        {
            return FunctionErrors.AlreadyExists(arn.Name);
        }

        plane.Lifecycle.Begin(record);
        if (version is not null)
        {
            plane.Lifecycle.Begin(version);
        }

        return plane.Views.Configuration(version ?? record);
    }
}
