namespace Mesh.Tracking.Mlflow;

/// <summary>The limits of the protocol (MLflow 2.22). What is longer is refused, never cut.</summary>
internal static class MlflowLimits
{
    public const int Metrics = 1000;
    public const int Params = 100;
    public const int Tags = 100;
    public const int Entries = 1000;
    public const int ParamValue = 6000;
    public const int TagValue = 8000;
    public const int ExperimentName = 500;
    public const int ExperimentTagValue = 5000;
    public const int TraceIds = 1000;
    public const int TracePreview = 10_000;
    public const int TraceLocations = 1000;
    public const int LinkedTraces = 100;
    public const int TracesWithSpans = 100;
    public const int Spans = 10_000;
    public const int DatasetName = 500;
    public const int DatasetDigest = 36;
    public const int DatasetSchema = 1_048_575;
    public const int DatasetSource = 65_535;
    public const int DatasetProfile = 16_777_215;

    /// <summary>Bytes of most bodies: a batch of the most entries with long values.</summary>
    public const long Body = 4 << 20;

    /// <summary>Bytes of a body with spans, as it comes and unpacked.</summary>
    public const int SpansBody = 16 << 20;

    /// <summary>Characters of the spans of an answer.</summary>
    public const long SpansAnswer = 32 << 20;

    /// <summary>Bytes of a body with data sets: one with the longest profile, and more small ones.</summary>
    public const long InputsBody = 24 << 20;
}
