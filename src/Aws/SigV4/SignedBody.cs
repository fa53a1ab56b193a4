namespace Lambent.Aws;

/// <summary>A body by its SHA-256, and the rule of what a signature may say in its place.</summary>
internal readonly ref struct SignedBody(ReadOnlySpan<byte> hash, bool isEmpty)
{
    public ReadOnlySpan<byte> Hash { get; } = hash;

    public bool IsEmpty { get; } = isEmpty;

    /// <summary>
    /// Finds the text that was signed in the body's place: what the request says, else <c>UNSIGNED-PAYLOAD</c> for a URL
    /// that S3 presigned, else the hash of the body that came. A hash must be that of the body. An unsigned body is as
    /// good as the channel that it came through, so it must have come over TLS or be empty; AWS's SDKs leave it unsigned
    /// over HTTPS only. <c>STREAMING-*</c> needs a signature for each chunk, which only S3 takes.
    /// </summary>
    public static AwsError? Check(
        in SignatureParts parts, string service, ReadOnlySpan<char> hash, bool mayBeUnsigned, SigV4Refusals refusals,
        out ReadOnlySpan<char> payload)
    {
        payload = parts.Presigned && service == AmzSigning.S3 ? AmzSigning.UnsignedPayload : hash;
        if (!string.IsNullOrEmpty(parts.PayloadHash))
        {
            payload = parts.PayloadHash;
        }

        if (payload.SequenceEqual(AmzSigning.UnsignedPayload))
        {
            return mayBeUnsigned ? null : refusals.WrongSignature();
        }

        if (payload.Length != hash.Length)
        {
            return refusals.UnknownPayload();
        }

        return payload.SequenceEqual(hash) ? null : refusals.WrongSignature();
    }
}
