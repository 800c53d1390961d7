using Mesh.Testing;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>
/// What real clients of MLflow 2.22 and 3.11 said to real servers of their version, said again to this service: each answer has the status, the error code, and
/// the fields with the types that the client got then.
/// </summary>
public sealed class TranscriptTests(TrackingFixture tracking)
{
    private static readonly string[] Elsewhere = ["/mlflow-artifacts/", "/mlflow/registered-models/", "/mlflow/model-versions/"];

    [Theory]
    [InlineData("client-222.jsonl", "api")]
    [InlineData("client-311.jsonl", "api")]
    [InlineData("client-311.jsonl", "ajax-api")]
    public async Task A_recorded_client_gets_what_it_got(string file, string api)
    {
        var ada = tracking.NewProject();
        var compared = await MlflowTranscript.ReplayAsync(ada.Http, ada.Project, file, api, path => !Elsewhere.Any(part => path.Contains(part, StringComparison.Ordinal)));
        compared.ShouldBeGreaterThan(30);
    }
}
