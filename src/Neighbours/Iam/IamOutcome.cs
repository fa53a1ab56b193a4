using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Lambent.Neighbours.Query;

namespace Lambent.Neighbours.Iam;

/// <summary>What an operation makes of an account: its next state (null: as it was), and the answer.</summary>
internal readonly record struct IamOutcome(IamAccount? Next, QueryReply Reply)
{
    public static implicit operator IamOutcome(AwsError error) => new(null, error);

    public static implicit operator IamOutcome(XElement[] result) => new(null, result);

    public static implicit operator IamOutcome(IamAccount next) => new(next, QueryReply.Done);

    public static implicit operator IamOutcome((IamAccount Next, XElement Result) both) => new(both.Next, new XElement[] { both.Result });
}
