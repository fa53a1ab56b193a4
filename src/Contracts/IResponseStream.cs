namespace Lambent.Contracts;

/// <summary>
/// Takes a function's answer as it comes. <see cref="BeginAsync"/> comes once and first, if the function answers at all; then
/// the outcome's own payload is empty. An error after it ends the stream: the outcome says which.
/// </summary>
public interface IResponseStream
{
    /// <summary>The function begins to answer.</summary>
    /// <param name="contentType">As the runtime named it; <c>application/vnd.awslambda.http-integration-response</c> has a prelude.</param>
    /// <param name="cancellation">The invocation has ended.</param>
    ValueTask BeginAsync(string contentType, CancellationToken cancellation);

    /// <summary>Some bytes more. Returns when the client has taken them, which is what slows a fast function down.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);
}
