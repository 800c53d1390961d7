using Mesh.Projects.Projects;

namespace Mesh.Projects.Tests.Projects;

/// <summary>Folds events as the store does, by the same conventions.</summary>
internal static class ProjectFold
{
    internal static Project? Of(IEnumerable<ProjectEvent> events)
    {
        Project? state = null;
        long version = 0;
        foreach (var e in events)
        {
            state = (state, e) switch
            {
                (null, ProjectEvent.Created x) => Project.Create(x),
                (null, _) => throw new InvalidOperationException("The first event is not a creation."),
                ({ } p, ProjectEvent.Created x) => p.Apply(x),
                ({ } p, ProjectEvent.Described x) => p.Apply(x),
                ({ } p, ProjectEvent.Archived x) => p.Apply(x),
                ({ } p, ProjectEvent.Restored x) => p.Apply(x),
                ({ } p, ProjectEvent.DeletionAsked x) => p.Apply(x),
                ({ } p, ProjectEvent.DeletionWithdrawn x) => p.Apply(x),
                ({ } p, ProjectEvent.DeletionRequested x) => p.Apply(x),
                ({ } p, ProjectEvent.Purged x) => p.Apply(x),
                ({ } p, ProjectEvent.MemberSet x) => p.Apply(x),
                ({ } p, ProjectEvent.MemberRemoved x) => p.Apply(x),
                ({ } p, ProjectEvent.SecretSet x) => p.Apply(x),
                ({ } p, ProjectEvent.SecretDeleted x) => p.Apply(x),
                _ => throw new InvalidOperationException($"{e} is unknown."),
            };
            state.Version = ++version;
        }

        return state;
    }
}
