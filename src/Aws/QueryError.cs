using System.Text;
using System.Xml;
using Microsoft.AspNetCore.Http;

namespace Lambent.Aws;

/// <summary>
/// Writes an error in the form of AWS's query protocol, which STS and IAM speak: an <c>ErrorResponse</c> in XML.
/// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
/// </summary>
public static class QueryError
{
    /// <summary>The XML namespace of STS.</summary>
    public const string StsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    private static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        OmitXmlDeclaration = true,
        Indent = true,
        NewLineChars = "\n",
    };

    /// <summary>Writes status, headers and body. The response must not have started.</summary>
    public static async Task WriteAsync(
        HttpResponse response, AwsError error, string requestId,
        string xmlNamespace = StsNamespace, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(error);
        var body = Body(error, requestId, xmlNamespace);
        response.StatusCode = error.Status;
        response.ContentType = "text/xml";
        response.ContentLength = body.Length;
        response.Headers[RestJsonError.RequestIdHeader] = requestId;
        await response.Body.WriteAsync(body, cancellation);
    }

    /// <summary>The XML alone; it ends with a newline, as AWS's does.</summary>
    public static ReadOnlyMemory<byte> Body(AwsError error, string requestId, string xmlNamespace = StsNamespace)
    {
        ArgumentNullException.ThrowIfNull(error);
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Settings))
        {
            xml.WriteStartElement("ErrorResponse", xmlNamespace);
            xml.WriteStartElement("Error", xmlNamespace);
            xml.WriteElementString("Type", xmlNamespace, error.Status < 500 ? "Sender" : "Receiver");
            xml.WriteElementString("Code", xmlNamespace, error.Type);
            xml.WriteElementString("Message", xmlNamespace, Printable(error.Message));
            xml.WriteEndElement();
            xml.WriteElementString("RequestId", xmlNamespace, requestId);
            xml.WriteEndElement();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    // A message may quote what the client sent, and XML 1.0 has no way to write most control characters.
    private static string Printable(string text) => string.Create(text.Length, text, static (to, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            var pair = char.IsHighSurrogate(from[i]) && i + 1 < from.Length && char.IsLowSurrogate(from[i + 1]);
            to[i] = pair || XmlConvert.IsXmlChar(from[i]) ? from[i] : '\uFFFD';
            if (pair)
            {
                to[++i] = from[i];
            }
        }
    });
}
