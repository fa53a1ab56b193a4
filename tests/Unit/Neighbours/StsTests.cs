using System.Text;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Lambent.Neighbours.Tests;

/// <summary>STS byte for byte.</summary>
public sealed class StsTests : IDisposable
{
    private readonly AccessFixture access = new();

    public void Dispose() => access.Dispose();

    private const string Form = "application/x-www-form-urlencoded", RequestId = "26374e3f-9b12-4526-8649-d19eaf366e02";

    [Theory]
    [InlineData("POST", "", "Action=GetCallerIdentity&Version=2011-06-15", Form)]
    [InlineData("POST", "", "Action=GetCallerIdentity&Version=2011-06-15&Unknown=x", Form + "; charset=utf-8")]
    [InlineData("POST", "", "Action=GetCallerIdentity&Action=Other&Version=2011-06-15", Form)]
    [InlineData("GET", "?Action=GetCallerIdentity&Version=2011-06-15", "", null)]
    public async Task Callers_learn_who_they_are(string method, string query, string body, string? type)
    {
        var (status, headers, text) = await SendAsync(method, query, body, type);
        status.ShouldBe(200);
        headers.ContentType.ToString().ShouldBe("text/xml");
        headers["x-amzn-RequestId"].ToString().ShouldBe(RequestId);
        text.ShouldBe(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
            + "  <GetCallerIdentityResult>\n"
            + "    <Arn>arn:aws:iam::123456789012:root</Arn>\n"
            + "    <UserId>123456789012</UserId>\n"
            + "    <Account>123456789012</Account>\n"
            + "  </GetCallerIdentityResult>\n"
            + "  <ResponseMetadata>\n"
            + $"    <RequestId>{RequestId}</RequestId>\n"
            + "  </ResponseMetadata>\n"
            + "</GetCallerIdentityResponse>\n");
    }

    [Theory]
    [InlineData("Action=NoSuchAction&Version=2011-06-15", "Could not find operation NoSuchAction for version 2011-06-15")]
    [InlineData("Action=GetCallerIdentity", "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED")]
    [InlineData("Action=GetCallerIdentity&Version=2000-01-01", "Could not find operation GetCallerIdentity for version 2000-01-01")]
    [InlineData("Action=GetCallerIdentity&Version=", "Could not find operation GetCallerIdentity for version ")]
    [InlineData("Action=&Version=2011-06-15", "Could not find operation  for version 2011-06-15")]
    public async Task An_operation_that_is_not_there_is_an_InvalidAction(string body, string message)
    {
        var (status, _, text) = await SendAsync("POST", "", body, Form);
        status.ShouldBe(400);
        text.ShouldBe(
            "<ErrorResponse xmlns=\"http://webservices.amazon.com/AWSFault/2005-15-09\">\n  <Error>\n    <Type>Sender</Type>\n"
            + $"    <Code>InvalidAction</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>{RequestId}</RequestId>\n"
            + "</ErrorResponse>\n");
    }

    [Theory]
    [InlineData("POST", "", "Version=2011-06-15", Form, "https://aws.amazon.com/iam")]
    [InlineData("POST", "", "Action=GetCallerIdentity&Version=2011-06-15", null, "https://aws.amazon.com/iam")]
    [InlineData("GET", "?Version=2011-06-15", "", null, "https://aws.amazon.com/iam?Version=2011-06-15")]
    public async Task Who_names_no_action_is_sent_to_the_front_page(string method, string query, string body, string? type, string location)
    {
        var (status, headers, _) = await SendAsync(method, query, body, type);
        status.ShouldBe(302);
        headers.Location.ToString().ShouldBe(location);
    }

    private async Task<(int Status, IHeaderDictionary Headers, string Text)> SendAsync(
        string method, string query, string body, string? type)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = "/";
        context.Request.QueryString = new QueryString(query);
        context.Request.ContentType = type;
        var written = new MemoryStream();
        context.Response.Body = written;
        var caller = new AccessKey("AKIATEST", "secret", "123456789012", "arn:aws:iam::123456789012:root", "123456789012");
        context.Features.Set(new AwsRequest(RequestId, caller, Encoding.UTF8.GetBytes(body)));
        await access.Sts.HandleAsync(context);
        return (context.Response.StatusCode, context.Response.Headers, Encoding.UTF8.GetString(written.ToArray()));
    }
}
