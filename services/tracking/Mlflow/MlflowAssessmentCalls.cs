using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Traces.Assessments;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>The <c>traces/{id}/assessments</c> calls of clients of 3.x.</summary>
internal sealed class MlflowAssessmentCalls(AssessmentStore assessments, TimeProvider clock)
{
    internal async Task<JsonHttpResult<MlflowAssessmentAnswer>> CreateAsync(string project, string trace, MlflowArguments arguments, CancellationToken ct)
    {
        var assessment = MlflowAssessments.Read(arguments.RequiredObject("assessment"), trace, clock.GetUtcNow()) with { Id = $"a-{Guid.CreateVersion7():N}" };
        return await assessments.AddAsync(project, trace, [assessment], ct) is { } rejected ? throw MlflowAssessments.Refused(rejected, trace) : Answer(assessment);
    }

    internal async Task<JsonHttpResult<MlflowAssessmentAnswer>> GetAsync(string project, string trace, string assessment, CancellationToken ct) =>
        await assessments.FindAsync(project, trace, assessment, ct) is { } found ? Answer(found) : throw MlflowAssessments.Refused(AssessmentStore.Unknown, trace);

    internal async Task<JsonHttpResult<MlflowAssessmentAnswer>> UpdateAsync(string project, string trace, string assessment, MlflowArguments arguments, CancellationToken ct)
    {
        var (changed, rejected) = await assessments.ChangeAsync(project, trace, assessment, MlflowAssessments.Change(arguments), clock.GetUtcNow(), ct);
        return rejected is null ? Answer(changed!) : throw MlflowAssessments.Refused(rejected, trace);
    }

    internal async Task<JsonHttpResult<MlflowNothing>> DeleteAsync(string project, string trace, string assessment, CancellationToken ct) =>
        await assessments.DeleteAsync(project, trace, assessment, ct) is { } rejected ? throw MlflowAssessments.Refused(rejected, trace) : MlflowJson.Nothing;

    private static JsonHttpResult<MlflowAssessmentAnswer> Answer(Assessment assessment) => MlflowJson.Answer(new MlflowAssessmentAnswer(MlflowAssessments.Show(assessment)));
}
