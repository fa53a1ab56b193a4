using Shouldly;

namespace Lambent.Aws.Policies.Tests;

/// <summary>What IAM takes for a policy, and what it says of the rest.</summary>
public sealed class PolicyReaderTests
{
    private const string Good = """{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}""";

    [Theory]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}""")]
    [InlineData("""{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a1","Effect":"Deny","NotAction":["s3:*","*"],"NotResource":["arn:aws:s3:::b/*"]}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":[10,"5"]}}}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"${aws:PrincipalTag/until}"}}}]}""")]
    public void What_the_grammar_allows_is_taken(string text) =>
        Policy.TryParse(text, PolicyKind.Managed, out _, out var fault).ShouldBeTrue(fault);

    [Theory]
    [InlineData("", "Syntax errors in policy.")]
    [InlineData("{", "Syntax errors in policy.")]
    [InlineData("[]", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17"}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[]}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Version":"2012-10-17","Statement":STATEMENT}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2013-10-17","Statement":STATEMENT}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2008-10-17","Statement":STATEMENT}""", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("""{"Statement":STATEMENT}""", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("""{"Version":"2012-10-17","Statement":STATEMENT,"Extra":1}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Maybe","Action":"s3:*","Resource":"*"}}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"s3:*","Resource":"*"}}""", "The policy failed legacy parsing")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*"}}""", "Policy statement must contain actions.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}""", "Policy statement must contain actions.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*"}}""", "Policy statement must contain resources.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"invalid","Resource":"*"}}""", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b:c","Resource":"*"}}""", "Actions/Condition can contain only one colon.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a a:ListUsers","Resource":"*"}}""", "Vendor a a is not valid")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"invalid resource"}}""", "Resource invalid resource must be in ARN format or \"*\".")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:error:s3:::b"}}""", "Partition \"error\" is not valid for resource \"arn:error:s3:::b\".")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws"}}""", "Resource vendor must be fully qualified and cannot contain regexes.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:us-east-1::b"}}""", "Resource arn:aws:s3:us-east-1::b can not contain region information.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}""", "Statement IDs (SID) in a single policy must be unique.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}""", "Policy document should not specify a principal.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Sounds":{"aws:username":"x"}}}}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}}}""", "The policy failed legacy parsing")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"1.2.3.4/40"}}}}""", "The policy failed legacy parsing")]
    public void What_it_does_not_allow_is_refused_in_the_words_of_IAM(string text, string message)
    {
        Policy.TryParse(text.Replace("STATEMENT", Good), PolicyKind.Managed, out _, out var fault).ShouldBeFalse();
        fault.ShouldBe(message);
    }

    [Theory]
    [InlineData("""{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}""", null)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/a"]},"Action":["sts:AssumeRole","sts:TagSession"]}""", null)]
    [InlineData("""{"Effect":"Allow","Action":"sts:AssumeRole"}""", "Missing required field Principal")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"you"},"Action":"sts:AssumeRole"}""", "Invalid principal in policy: \"AWS\":\"you\"")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}""", "Has prohibited field Resource")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}""", "AssumeRole policy may only specify STS AssumeRole actions.")]
    public void Trust_policies_have_rules_of_their_own(string statement, string? message)
    {
        Policy.TryParse($$"""{"Statement":{{statement}}}""", PolicyKind.Trust, out _, out var fault);
        fault.ShouldBe(message);
    }

    [Fact]
    public void The_keys_that_a_policy_asks_for_are_known() => Ask.Policy("""
        [{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username}/*","Condition":{"StringEquals":{"aws:RequestedRegion":"${aws:PrincipalTag/home, 'x'}"}}}]
        """).ContextKeys.ShouldBe(["aws:RequestedRegion", "aws:PrincipalTag/home", "aws:username"], ignoreOrder: true);
}
