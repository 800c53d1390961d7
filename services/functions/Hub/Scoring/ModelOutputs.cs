namespace Mesh.Hub.Scoring;

/// <summary>One output of a model over rows: either texts, or numbers of some width.</summary>
/// <param name="Texts">A text per row.</param>
/// <param name="Numbers">Numbers per row.</param>
internal sealed record ModelOutput(string Name, string[]? Texts, float[][]? Numbers)
{
    /// <summary>The values as one text a row; whole numbers without a point.</summary>
    public string[] AsTexts() => Texts ?? Array.ConvertAll(Numbers!, row => row[0].ToString("R", System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>A model that is loaded.</summary>
internal interface IModelScorer : IDisposable
{
    /// <summary>Scores rows of a table; outputs in the order of the signature.</summary>
    /// <exception cref="Running.HubFailure">The table does not have what the model takes.</exception>
    IReadOnlyList<ModelOutput> Score(Tables.Table table, IReadOnlyList<int> rows);
}
