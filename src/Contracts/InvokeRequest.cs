namespace Lambent.Contracts;

/// <summary>One invocation on its road. The payload is opaque: nobody between client and runtime parses it.</summary>
public sealed record InvokeRequest
{
    /// <summary>A UUID; the client sees it as <c>x-amzn-RequestId</c>, the function as its <c>aws_request_id</c>.</summary>
    public required string RequestId { get; init; }

    /// <summary>The version that answers.</summary>
    public required FunctionSnapshot Function { get; init; }

    /// <summary>The ARN as the caller named it, with the alias or without a qualifier.</summary>
    public required string InvokedFunctionArn { get; init; }

    /// <summary>Up to 6 MB (<c>RequestResponse</c>) or 1 MB (<c>Event</c>), or what <see cref="Limits"/> allow.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Decoded JSON of <c>X-Amz-Client-Context</c>, or null.</summary>
    public string? ClientContext { get; init; }

    /// <summary>Where the answer goes while the function still writes it; null if the caller wants it whole.</summary>
    public IResponseStream? ResponseStream { get; init; }

    /// <summary><c>X-Amzn-Trace-Id</c> as it is handed to the runtime.</summary>
    public required string TraceId { get; init; }

    /// <summary>When it came in, by the provider's timestamp; 0 if that is of no interest: stage Receive is then not measured.</summary>
    public long ReceivedAt { get; init; }
}
