using Mesh.Contracts.Functions;
using Mesh.Hub.Describing;
using Mesh.Hub.Inference;
using Mesh.Hub.Selection;
using Mesh.Hub.Shell;
using Mesh.Hub.Sklearn;
using Mesh.Hub.Training;

namespace Mesh.Hub.Running;

/// <summary>The items of the hub.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<IHubRunner> Runners { get; } = [new DescribeItem(), new FeatureSelectionItem(), new AutoTrainerItem(), new BatchInferenceItem(), new ShellItem(),
        new SklearnItem(Environment.GetEnvironmentVariable("PATH") ?? "")];

    public static IReadOnlyList<HubItem> Items { get; } = [.. Runners.Select(r => r.Item)];

    /// <exception cref="HubFailure">There is no such item.</exception>
    public static IHubRunner Find(string name) => Runners.FirstOrDefault(r => r.Item.Name == name)
        ?? throw new HubFailure($"The hub has no item '{name}'; it has {string.Join(", ", Items.Select(i => i.Name))}.");
}
