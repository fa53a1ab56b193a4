using System.Text;
using System.Xml;
using System.Xml.Linq;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;

namespace Lambent.Neighbours.Query;

/// <summary>
/// What an operation answers: the members of its result, or an error. Element names carry no namespace; the writer gives them
/// the service's. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#xml-shape-serialization
/// </summary>
internal readonly record struct QueryReply(IReadOnlyList<XElement>? Result, AwsError? Error)
{
    /// <summary>For operations that answer nothing but the id of the request.</summary>
    internal static readonly QueryReply Done = new(null, null);

    public static implicit operator QueryReply(XElement[] result) => new(result, null);

    public static implicit operator QueryReply(AwsError error) => new(null, error);

    /// <summary>Writes it as the answer to this action.</summary>
    internal async Task WriteAsync(HttpContext context, string action, string requestId, string xmlNamespace)
    {
        var response = context.Response;
        if (Error is not null)
        {
            await QueryError.WriteAsync(response, Error, requestId, xmlNamespace, context.RequestAborted);
            return;
        }

        var body = Body(action, requestId, xmlNamespace);
        response.ContentType = "text/xml";
        response.ContentLength = body.Length;
        response.Headers[RestJsonError.RequestIdHeader] = requestId;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>The XML alone; it ends with a newline, as AWS's does.</summary>
    internal byte[] Body(string action, string requestId, string xmlNamespace)
    {
        var answer = new XElement(
            $"{action}Response",
            Result is null ? null : new XElement($"{action}Result", Result),
            new XElement("ResponseMetadata", new XElement("RequestId", requestId)));
        foreach (var element in answer.DescendantsAndSelf())
        {
            element.Name = XNamespace.Get(xmlNamespace) + element.Name.LocalName;
        }

        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true, CheckCharacters = false }))
        {
            answer.Save(xml);
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }
}
