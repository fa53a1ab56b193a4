using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>The presigned address of code.</summary>
public class CodeLinkTests
{
    [Fact]
    public async Task The_location_gives_the_very_bytes()
    {
        await using var plane = await TestPlane.StartAsync();
        var zip = TestPlane.ZipBytes(("index.py", "x = 3"));
        await plane.CreateReadyAsync("f", body => body["Code"]!["ZipFile"] = Convert.ToBase64String(zip));
        var location = await LocationAsync(plane);
        location.GetLeftPart(UriPartial.Authority).ShouldBe("http://lambent.test:9400");
        var download = await plane.SendAsync("GET", location.PathAndQuery, authenticated: false);
        download.Status.ShouldBe(200);
        download.Body.ShouldBe(zip);
        download.Headers.ContentType.ToString().ShouldBe("application/zip");
    }

    [Fact]
    public async Task The_location_is_at_the_public_endpoint_if_there_is_one()
    {
        await using var plane = await TestPlane.StartAsync(new() { PublicEndpoint = () => new Uri("https://lambda.example:8443") });
        await plane.CreateReadyAsync("f");
        (await LocationAsync(plane)).AbsoluteUri.ShouldStartWith($"https://lambda.example:8443{ControlPlaneEndpoints.CodePath}/");
    }

    [Fact]
    public async Task The_location_expires_after_ten_minutes()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var location = await LocationAsync(plane);
        plane.Clock.Now += TimeSpan.FromMinutes(9.9);
        (await plane.SendAsync("GET", location.PathAndQuery, authenticated: false)).Status.ShouldBe(200);
        plane.Clock.Now += TimeSpan.FromMinutes(0.2);
        AssertDenied(await plane.SendAsync("GET", location.PathAndQuery, authenticated: false));
    }

    [Fact]
    public async Task A_location_without_or_with_another_signature_is_denied()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        await plane.CreateReadyAsync("g", body => body["Code"]!["ZipFile"] = TestPlane.Zip(("other.py", "")));
        var location = (await LocationAsync(plane)).PathAndQuery;
        var (mine, other) = (plane.Snapshot("f")!.CodeSha256Hex, plane.Snapshot("g")!.CodeSha256Hex);
        AssertDenied(await plane.SendAsync("GET", location.Split('?')[0], authenticated: false));
        AssertDenied(await plane.SendAsync("GET", location[..^1] + (location[^1] == '0' ? '1' : '0'), authenticated: false));
        AssertDenied(await plane.SendAsync("GET", location.Replace(mine, other, StringComparison.Ordinal), authenticated: false));
        AssertDenied(await plane.SendAsync("GET", location.Replace("Expires=600", "Expires=6000", StringComparison.Ordinal), authenticated: false));
        AssertDenied(await plane.SendAsync("GET", location.Split('?')[0]));
    }

    [Fact]
    public async Task The_location_of_a_deleted_function_leads_nowhere()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var location = await LocationAsync(plane);
        await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f");
        var gone = await plane.SendAsync("GET", location.PathAndQuery, authenticated: false);
        gone.Status.ShouldBe(404);
        gone.Text.ShouldContain("<Code>NoSuchKey</Code>");
    }

    private static async Task<Uri> LocationAsync(TestPlane plane) =>
        new((await plane.SendAsync("GET", $"{TestPlane.Functions}/f")).Json["Code"]!["Location"]!.ToString());

    private static void AssertDenied(Answer answer)
    {
        answer.Status.ShouldBe(403);
        answer.Headers.ContentType.ToString().ShouldBe("application/xml");
        answer.Text.ShouldContain("<Code>AccessDenied</Code><Message>Access Denied</Message>");
    }
}
