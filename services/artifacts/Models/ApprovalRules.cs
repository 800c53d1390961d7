using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>Approvals are asked for, given and refused; what was decided can be decided anew.</summary>
internal static class ApprovalRules
{
    public static Decision<ModelEvent> Decide(ModelCommand.DecideApproval c, Model model, DateTimeOffset now)
    {
        if (!model.Has(c.Version)) return VersionRules.NotThere(model, c.Version);
        var status = model.Approvals.GetValueOrDefault(c.Version)?.Status;
        return c.Action switch
        {
            ApprovalAction.Request when status is ApprovalStatus.Approved =>
                Rejection.Conflict("approval.given", $"Version {c.Version} of '{model.Name}' is approved already."),
            ApprovalAction.Request when status is ApprovalStatus.Requested => Decision<ModelEvent>.Nothing,
            ApprovalAction.Request => new ModelEvent.ApprovalRequested(model.Name, c.Version, c.Comment, c.By, now),
            ApprovalAction.Approve when status is ApprovalStatus.Approved => Decision<ModelEvent>.Nothing,
            ApprovalAction.Approve => new ModelEvent.Approved(model.Name, c.Version, c.Comment, c.By, c.Role, now),
            ApprovalAction.Reject when status is ApprovalStatus.Rejected => Decision<ModelEvent>.Nothing,
            ApprovalAction.Reject => new ModelEvent.ApprovalRejected(model.Name, c.Version, c.Comment, c.By, c.Role, now),
            _ => throw new ArgumentOutOfRangeException(nameof(c), c.Action, "No such action."),
        };
    }
}
