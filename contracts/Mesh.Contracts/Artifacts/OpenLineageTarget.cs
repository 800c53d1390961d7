namespace Mesh.Contracts.Artifacts;

/// <summary><c>PUT …/lineage/openlineage/target</c>: where run events of the project are sent as OpenLineage.</summary>
/// <param name="Url">The whole address that events are posted to, such as <c>https://marquez.example.com/api/v1/lineage</c>.</param>
/// <param name="Secret">Name of a secret of the project that is sent as bearer token.</param>
public sealed record SetOpenLineageTarget(string Url, string? Secret = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Text(Url, "url", 2000);
        faults.Require(
            Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0 && uri.Host.Length > 0,
            "url", "must be an http or https address without user and fragment.");
        faults.Require(Secret is null or { Length: >= 1 and <= 128 }, "secret", "must be the name of a secret of the project.");
        faults.Text(Secret, "secret", 128);
    }
}

/// <summary>Where run events are sent, and how that goes.</summary>
/// <param name="Waiting">How many events wait to be sent.</param>
/// <param name="Sent">How many were taken.</param>
/// <param name="Refused">How many the receiver refused for good, or waited too long: they are not sent again.</param>
/// <param name="LastSentAt">When the last one was taken.</param>
/// <param name="Failures">How often sending failed since then.</param>
/// <param name="NextTryAt">When it is tried again, after a failure.</param>
/// <param name="Problem">What went wrong last; null once it goes well.</param>
public sealed record OpenLineageTarget(
    string Url, string? Secret, string SetBy, DateTimeOffset SetAt, long Waiting, long Sent, long Refused, DateTimeOffset? LastSentAt, int Failures, DateTimeOffset? NextTryAt, string? Problem);
