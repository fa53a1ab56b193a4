using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;
using Xunit;

namespace Lambent.Aws.Tests;

/// <summary>Seeded runs over requests that nobody wrote by hand.</summary>
public sealed class SigV4PropertyTests
{
    private const int Seed = 20260101;
    private const string Odd = "aZ09-._~ %/?&=+;:@$,!*'()\"<>\\^`{|}#üሴ\uD83D\uDE00\t";
    private readonly FixedClock _clock = new(new(2026, 1, 1, 0, 10, 0, TimeSpan.Zero));

    [Fact]
    public void What_the_signer_signs_the_verifier_accepts()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 2000; i++)
        {
            var (wire, key) = i % 2 == 0 ? SignedByHeader(random) : Presigned(random);
            Verify(wire).ShouldBe(new SigV4Result.Verified(key, "lambda"), $"{i}: {Target(wire)}");
        }
    }

    [Fact]
    public void Any_flipped_bit_of_what_is_signed_is_refused()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 1000; i++)
        {
            var (wire, _) = i % 2 == 0 ? SignedByHeader(random) : Presigned(random);
            var what = Flip(wire, random);
            Verify(wire).ShouldBeOfType<SigV4Result.Refused>($"{i}: {what} in {Target(wire)}");
        }
    }

    [Fact]
    public void Nothing_that_is_sent_makes_it_throw()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var (wire, _) = i % 2 == 0 ? SignedByHeader(random) : Presigned(random);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                Spoil(wire, random);
            }

            if (Verify(wire) is SigV4Result.Refused refused)
            {
                RestJsonError.Body(refused.Error).Length.ShouldBeGreaterThan(0);
                QueryError.Body(refused.Error, "id").Length.ShouldBeGreaterThan(0);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("?")]
    [InlineData("http://")]
    [InlineData("http://host")]
    [InlineData("/../..//.")]
    [InlineData("/%")]
    [InlineData("/?%&%=%&=&&==%4")]
    [InlineData("/\uD800?\uDC00=\uD800")]
    [InlineData("/?X-Amz-Algorithm")]
    [InlineData(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=////&X-Amz-Date=\0&X-Amz-SignedHeaders=;;&X-Amz-Signature=%")]
    public void Odd_targets_are_refused(string target) =>
        Verify(Wire.Of("GET", target)).ShouldBeOfType<SigV4Result.Refused>();

    [Fact]
    public void A_great_number_of_parameters_and_headers_is_refused_in_good_time()
    {
        var (wire, _) = SignedByHeader(new(Seed));
        Retarget(wire, "/?" + string.Join('&', Enumerable.Range(0, 100_000).Select(i => $"p{i % 100}={i}")));
        wire.Request.Headers.Authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/lambda/aws4_request, "
            + $"SignedHeaders={string.Join(';', Enumerable.Repeat("host", 100_000))}, Signature=00";
        Verify(wire).ShouldBeOfType<SigV4Result.Refused>();
    }

    // What the server's query parser reads alike is signed alike: no meaning can be changed behind the signature.
    [Theory]
    [InlineData("/f?b=%7e&a=x%20y", true)]
    [InlineData("/f?a=x+y&b=~", true)]
    [InlineData("/f?&a=x+y&&b=~&", true)]
    [InlineData("/f?a=x%2By&b=~", false)]
    [InlineData("/f?a=x%2520y&b=~", false)]
    [InlineData("/f?a=x%20y&b=~&c", false)]
    public void A_query_may_be_spelled_in_more_than_one_way(string target, bool same)
    {
        var headers = new HeaderDictionary();
        var uri = new Uri("http://localhost:9000/f?a=x%20y&b=~");
        new SigV4Signer(TestKeys.LongLived, _clock, "us-east-1").Sign("GET", uri, "lambda", headers, []);
        var wire = Wire.Of("GET", uri, headers);
        Retarget(wire, target);
        (Verify(wire) is SigV4Result.Verified).ShouldBe(same);
    }

    [Fact]
    public void A_body_in_pieces_is_the_same_body()
    {
        var (wire, key) = SignedByHeader(new(Seed));
        var first = new Piece(wire.Body.AsMemory(0, wire.Body.Length / 2), 0);
        var last = first.Follow(wire.Body.AsMemory(wire.Body.Length / 2));
        var body = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        new SigV4Verifier(new TestKeys(), _clock, "us-east-1").Verify(wire.Request, body, "lambda")
            .ShouldBe(new SigV4Result.Verified(key, "lambda"));
    }

    [Fact]
    public void A_changed_secret_counts_at_once()
    {
        var keys = new TestKeys();
        var verifier = new SigV4Verifier(keys, _clock, "us-east-1");
        var old = Signed(TestKeys.LongLived);
        verifier.Verify(old.Request, old.Body, "lambda").ShouldBeOfType<SigV4Result.Verified>();
        keys.Put(TestKeys.LongLived with { SecretAccessKey = "new" });
        verifier.Verify(old.Request, old.Body, "lambda").ShouldBeOfType<SigV4Result.Refused>();
        var fresh = Signed(TestKeys.LongLived with { SecretAccessKey = "new" });
        verifier.Verify(fresh.Request, fresh.Body, "lambda").ShouldBeOfType<SigV4Result.Verified>();
    }

    [Fact]
    public void More_keys_than_are_remembered_still_verify()
    {
        var all = Enumerable.Range(0, 5000).Select(i => TestKeys.LongLived with { AccessKeyId = $"AKID{i}" }).ToArray();
        var verifier = new SigV4Verifier(new TestKeys(all), _clock, "us-east-1");
        foreach (var wire in all.Select(Signed))
        {
            verifier.Verify(wire.Request, wire.Body, "lambda").ShouldBeOfType<SigV4Result.Verified>();
        }
    }

    [Fact]
    public void One_of_several_services_is_named()
    {
        var wire = Signed(TestKeys.LongLived);
        new SigV4Verifier(new TestKeys(), _clock, "us-east-1").Verify(wire.Request, wire.Body, "sts", "lambda")
            .ShouldBeOfType<SigV4Result.Verified>().Service.ShouldBe("lambda");
    }

    [Fact]
    public void A_client_message_is_signed()
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "http://localhost:9000/2015-03-31/functions/f/invocations");
        message.Headers.Add("X-Amz-Invocation-Type", "Event");
        message.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        new SigV4Signer(TestKeys.Temporary, _clock, "us-east-1").Sign(message, "lambda", "{}"u8);
        var wire = Wire.Of("POST", message.RequestUri!.PathAndQuery, "{}"u8.ToArray());
        foreach (var header in message.Headers.Concat(message.Content.Headers))
        {
            wire.Request.Headers[header.Key] = header.Value.ToArray();
        }

        Verify(wire).ShouldBeOfType<SigV4Result.Verified>();
    }

    private SigV4Result Verify(Wire wire) =>
        new SigV4Verifier(new TestKeys(), _clock, "us-east-1").Verify(wire.Request, wire.Body, "lambda");

    private Wire Signed(AccessKey key)
    {
        var headers = new HeaderDictionary();
        var uri = new Uri("http://localhost:9000/");
        new SigV4Signer(key, _clock, "us-east-1").Sign("POST", uri, "lambda", headers, "{}"u8);
        return Wire.Of("POST", uri, headers, "{}"u8.ToArray());
    }

    private (Wire Wire, AccessKey Key) SignedByHeader(Random random)
    {
        var key = random.Next(2) == 0 ? TestKeys.LongLived : TestKeys.Temporary;
        var uri = RandomUri(random);
        var body = new byte[random.Next(2, 200)];
        random.NextBytes(body);
        var headers = new HeaderDictionary { ["X-Amz-Meta"] = Text(random), ["Content-Type"] = Text(random) };
        new SigV4Signer(key, _clock, "us-east-1").Sign("POST", uri, "lambda", headers, body);
        return (Wire.Of("POST", uri, headers, body), key);
    }

    private (Wire Wire, AccessKey Key) Presigned(Random random)
    {
        var key = random.Next(2) == 0 ? TestKeys.LongLived : TestKeys.Temporary;
        var expires = TimeSpan.FromSeconds(random.Next(1, 604_801));
        var uri = new SigV4Signer(key, _clock, "us-east-1").Presign("GET", RandomUri(random), "lambda", expires);
        return (Wire.Of("GET", uri, new HeaderDictionary()), key);
    }

    private static Uri RandomUri(Random random)
    {
        var path = string.Join('/', Enumerable.Range(0, random.Next(4)).Select(_ => Uri.EscapeDataString(Text(random))));
        var pairs = Enumerable.Range(0, random.Next(5))
            .Select(_ => $"{Uri.EscapeDataString(Text(random))}={Uri.EscapeDataString(Text(random))}");
        return new($"http://localhost:9000/f/{path}?{string.Join('&', pairs)}".TrimEnd('?'));
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder("x");
        for (var length = random.Next(12); length > 0; length--)
        {
            var at = random.Next(Odd.Length);
            text.Append(char.IsSurrogate(Odd[at]) ? "\uD83D\uDE00" : Odd[at].ToString());
        }

        return text.ToString();
    }

    // In text the last bit of a letter or digit: %3a is %3A in the canonical query, and a tab is a space in a header.
    private static string Flip(Wire wire, Random random)
    {
        var headers = wire.Request.Headers;
        switch (random.Next(wire.Body.Length > 0 ? 5 : 2))
        {
            case 0:
                Retarget(wire, FlipOne(Target(wire), random, 1));
                return "target";
            case 1:
                headers.Host = FlipOne(headers.Host!, random);
                return "Host";
            case 2:
                wire.Body[random.Next(wire.Body.Length)] ^= (byte)(1 << random.Next(8));
                return "body";
            case 3:
                headers["X-Amz-Meta"] = FlipOne(headers["X-Amz-Meta"]!, random);
                return "X-Amz-Meta";
            default:
                var at = ((string?)headers.Authorization)!.IndexOf("Signature=", StringComparison.Ordinal);
                headers.Authorization = FlipOne(headers.Authorization!, random, at + "Signature=".Length);
                return "Signature";
        }
    }

    private static string FlipOne(string text, Random random, int from = 0)
    {
        var chars = text.ToCharArray();
        var letters = Enumerable.Range(from, chars.Length - from).Where(i => char.IsAsciiLetterOrDigit(chars[i])).ToArray();
        var at = letters[random.Next(letters.Length)];
        chars[at] = (char)(chars[at] ^ 1);
        return new(chars);
    }

    private static void Spoil(Wire wire, Random random)
    {
        var headers = wire.Request.Headers;
        string[] names = ["Authorization", "X-Amz-Date", "Host", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "Date"];
        var name = names[random.Next(names.Length)];
        switch (random.Next(4))
        {
            case 0:
                Retarget(wire, SpoilText(Target(wire), random));
                break;
            case 1:
                headers.Remove(name);
                break;
            case 2:
                headers.Append(name, Text(random));
                break;
            default:
                headers[name] = SpoilText(headers[name].ToString(), random);
                break;
        }
    }

    private static string SpoilText(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        var piece = random.Next(3) switch
        {
            0 => "",
            1 => ((char)random.Next(0x10000)).ToString(),
            _ => string.Concat(Enumerable.Repeat(Text(random), random.Next(20))),
        };
        return text[..at] + piece + text[Math.Min(text.Length, at + random.Next(10))..];
    }

    private static string Target(Wire wire) => wire.Request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;

    private static void Retarget(Wire wire, string target) =>
        wire.Request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = target;

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long start) => (Memory, RunningIndex) = (memory, start);

        public Piece Follow(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
