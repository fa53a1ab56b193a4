using System.Collections.Immutable;

namespace Lambent.Aws;

/// <summary>One further string member of an error's body, such as <c>Type</c> = <c>User</c>.</summary>
/// <param name="Name">The member's name as the client reads it.</param>
/// <param name="Value">Its text.</param>
public readonly record struct AwsErrorMember(string Name, string Value);

/// <summary>
/// The error answer of an AWS API, as a value. It says what is wrong, not how it is written:
/// <see cref="RestJsonError"/> and <see cref="QueryError"/> write it.
/// </summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Type">The error's name, as in <c>x-amzn-ErrorType</c> or <c>&lt;Code&gt;</c>.</param>
/// <param name="Message">The text for people.</param>
public sealed record AwsError(int Status, string Type, string Message)
{
    /// <summary>
    /// How the JSON body spells the message. AWS is not of one mind: the service model of Lambda says <c>Message</c> for
    /// ResourceNotFoundException and <c>message</c> for TooManyRequestsException. Front-door errors say <c>message</c>.
    /// </summary>
    public string MessageName { get; init; } = "message";

    /// <summary>Further members of the JSON body, written in this order and before the message.</summary>
    public ImmutableArray<AwsErrorMember> Members { get; init; } = [];

    /// <summary>Further response headers that the error model binds, such as <c>Retry-After</c>.</summary>
    public ImmutableArray<AwsErrorMember> Headers { get; init; } = [];

    /// <summary>An error that the caller caused: the body is <c>{"Type":"User","message":"…"}</c>.</summary>
    public static AwsError User(int status, string type, string message, string messageName = "message") =>
        new AwsError(status, type, message) { MessageName = messageName }.With("Type", "User");

    /// <summary>500: Lambda's fault, or that of a service that it asked.</summary>
    public static AwsError Service(string message) =>
        new AwsError(500, "ServiceException", message) { MessageName = "Message" }.With("Type", "Service");

    /// <summary>The same error with one more member in its body.</summary>
    public AwsError With(string name, string value) => this with { Members = Members.Add(new(name, value)) };

    /// <summary>The same error with one more response header.</summary>
    public AwsError WithHeader(string name, string value) => this with { Headers = Headers.Add(new(name, value)) };

    /// <inheritdoc/>
    public bool Equals(AwsError? other) =>
        other is not null && Status == other.Status && Type == other.Type && Message == other.Message
        && MessageName == other.MessageName
        && Members.AsSpan().SequenceEqual(other.Members.AsSpan())
        && Headers.AsSpan().SequenceEqual(other.Headers.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Status, Type, Message);
}
