using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lambent.ControlPlane.Access;
using Lambent.ControlPlane.Account;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.CodeSigning;
using Lambent.ControlPlane.Concurrency;
using Lambent.ControlPlane.EventInvoke;
using Lambent.ControlPlane.EventSources;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Versions;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Settings;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Urls;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane;

/// <summary>Every JSON type of the project: requests, answers and stored records.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(WireString), typeof(WireInteger), typeof(WireDouble), typeof(WireBoolean)])]
[JsonSerializable(typeof(AskedFor))]
[JsonSerializable(typeof(CreateFunctionRequest))]
[JsonSerializable(typeof(UpdateFunctionCodeRequest))]
[JsonSerializable(typeof(UpdateFunctionConfigurationRequest))]
[JsonSerializable(typeof(FunctionConfiguration))]
[JsonSerializable(typeof(GetFunctionResponse))]
[JsonSerializable(typeof(ListFunctionsResponse))]
[JsonSerializable(typeof(PublishVersionRequest))]
[JsonSerializable(typeof(ListVersionsByFunctionResponse))]
[JsonSerializable(typeof(AliasRequest))]
[JsonSerializable(typeof(AliasConfiguration))]
[JsonSerializable(typeof(ListAliasesResponse))]
[JsonSerializable(typeof(AliasRecord))]
[JsonSerializable(typeof(ReservedConcurrency))]
[JsonSerializable(typeof(ProvisionedRequest))]
[JsonSerializable(typeof(ProvisionedConcurrencyConfig))]
[JsonSerializable(typeof(ListProvisionedConcurrencyConfigsResponse))]
[JsonSerializable(typeof(ProvisionedRecord))]
[JsonSerializable(typeof(EventInvokeRequest))]
[JsonSerializable(typeof(FunctionEventInvokeConfig))]
[JsonSerializable(typeof(ListFunctionEventInvokeConfigsResponse))]
[JsonSerializable(typeof(EventInvokeRecord))]
[JsonSerializable(typeof(GetAccountSettingsResponse))]
[JsonSerializable(typeof(FunctionRecord))]
[JsonSerializable(typeof(FunctionDefinition))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(PublishLayerVersionRequest))]
[JsonSerializable(typeof(AddLayerVersionPermissionRequest))]
[JsonSerializable(typeof(LayerVersionResponse))]
[JsonSerializable(typeof(ListLayersResponse))]
[JsonSerializable(typeof(ListLayerVersionsResponse))]
[JsonSerializable(typeof(AddLayerVersionPermissionResponse))]
[JsonSerializable(typeof(LayerRecord))]
[JsonSerializable(typeof(GetPolicyResponse))]
[JsonSerializable(typeof(PolicyDocument))]
[JsonSerializable(typeof(PolicyStatement))]
[JsonSerializable(typeof(ResourcePolicy))]
[JsonSerializable(typeof(AddPermissionRequest))]
[JsonSerializable(typeof(AddPermissionResponse))]
[JsonSerializable(typeof(UrlRecord))]
[JsonSerializable(typeof(TagRecord))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(ListTagsResponse))]
[JsonSerializable(typeof(FunctionChoice))]
[JsonSerializable(typeof(RecursionResponse))]
[JsonSerializable(typeof(RuntimeManagementRequest))]
[JsonSerializable(typeof(RuntimeManagementResponse))]
[JsonSerializable(typeof(CodeSigningRecord))]
[JsonSerializable(typeof(CodeSigningRequest))]
[JsonSerializable(typeof(CodeSigningResponse))]
[JsonSerializable(typeof(ListCodeSigningResponse))]
[JsonSerializable(typeof(ListFunctionsByCodeSigningResponse))]
[JsonSerializable(typeof(FunctionCodeSigning))]
[JsonSerializable(typeof(EventSourceRequest))]
[JsonSerializable(typeof(EventSourceRecord))]
[JsonSerializable(typeof(EventSourceMapping))]
[JsonSerializable(typeof(ListEventSourceMappingsResponse))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(UrlRequest))]
[JsonSerializable(typeof(UrlResponse))]
[JsonSerializable(typeof(ListUrlsResponse))]
internal sealed partial class ControlPlaneJson : JsonSerializerContext
{
    /// <summary>As AWS writes: only what JSON requires is escaped.</summary>
    public static ControlPlaneJson Wire => Relaxed.Instance;

    // Apart, since Default must be there first.
    private static class Relaxed
    {
        public static readonly ControlPlaneJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
    }
}
