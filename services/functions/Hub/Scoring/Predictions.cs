namespace Mesh.Hub.Scoring;

/// <summary>What a classifier said, row by row.</summary>
/// <param name="Labels">The predicted classes, by name.</param>
/// <param name="Probabilities">Probability of each of <paramref name="Classes"/> per row, or null where the model gives none.</param>
/// <param name="Classes">Names of the classes in the order of the probabilities.</param>
internal sealed record ClassPredictions(string[] Labels, float[][]? Probabilities, IReadOnlyList<string> Classes);
