using System.Collections.Concurrent;
using Lambent.Aws;

namespace Lambent.Neighbours.Iam;

/// <summary>When and for what keys of users were used last. Not durable: after a start no key has been used.</summary>
public sealed class KeyUses(TimeProvider clock, string region)
{
    /// <summary>Not bounded by itself: there are two keys for a user at most, and only signatures that were right come here.</summary>
    private readonly ConcurrentDictionary<string, KeyUse> uses = new(StringComparer.Ordinal);

    /// <summary>A request of this key was verified.</summary>
    public void Note(in AccessKey key, string service)
    {
        if (key.SessionToken is not null)
        {
            return;
        }

        var now = clock.GetUtcNow();
        if (!uses.TryGetValue(key.AccessKeyId, out var last) || last.Service != service || now - last.At > Precision)
        {
            uses[key.AccessKeyId] = new KeyUse(now, service, service == IamApi.Service ? "us-east-1" : region);
        }
    }

    internal KeyUse? Find(string accessKeyId) => uses.GetValueOrDefault(accessKeyId);

    /// <summary>A busy key is not noted for each request.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);
}

/// <summary>One use.</summary>
/// <param name="At">When.</param>
/// <param name="Service">For example <c>lambda</c>.</param>
/// <param name="Region">Where.</param>
internal sealed record KeyUse(DateTimeOffset At, string Service, string Region);
