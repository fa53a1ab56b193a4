using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// The functions of the account, page by page in the order of their names. A marker names the last function of its page, so
/// that functions that come and go meanwhile neither repeat nor hide others.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
/// </summary>
internal static class ListFunctions
{
    /// <summary>"ListFunctions returns a maximum of 50 items in each response, even if you set the number higher."</summary>
    private const int MaxPage = 50;

    private const int MaxItemsAllowed = 10_000;

    private static readonly Pattern MasterRegion = new(@"ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1}");

    public static Result<ListFunctionsResponse> Run(LambdaControlPlane plane, HttpContext context)
    {
        var query = context.Request.Query;
        string? version = query["FunctionVersion"], master = query["MasterRegion"], most = query["MaxItems"];
        int? maxItems = int.TryParse(most, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (!string.IsNullOrEmpty(most) && maxItems is null)
        {
            return RequestJson.Malformed("STRING_VALUE can not be converted to an Integer");
        }

        var error = ModelErrors.Of(
            Member.Matching(master, "masterRegion", MasterRegion),
            Member.OneOf(version, "functionVersion", "ALL"),
            Member.Within(maxItems, "maxItems", 1, MaxItemsAllowed));
        if (error is not null)
        {
            return error;
        }

        if (!TryRead(query["Marker"], out var after))
        {
            return FunctionErrors.Invalid("The Marker of the request was not made by this operation.");
        }

        // Functions of another master region are replicas of Lambda@Edge, and there are none.
        var account = AwsRequest.Of(context).Caller.AccountId;
        var functions = master is null or "ALL" || master == plane.Options.Region
            ? plane.Store.Index.After(account, after)
            : [];
        return Page(plane, functions, Math.Min(maxItems ?? MaxPage, MaxPage), qualified: version is not null);
    }

    private static ListFunctionsResponse Page(
        LambdaControlPlane plane, IEnumerable<FunctionRecord> functions, int size, bool qualified)
    {
        var found = functions.Take(size + 1).ToList();
        var page = found.Take(size).ToList();
        return new(
            [.. page.Select(f => plane.Views.ListElement(f, qualified))],
            found.Count > size ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page[^1].Name)) : null);
    }

    private static bool TryRead(string? marker, out string? name)
    {
        name = null;
        if (string.IsNullOrEmpty(marker))
        {
            return true;
        }

        if (!Base64Url.IsValid(marker))
        {
            return false;
        }

        name = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(marker));
        return true;
    }
}
