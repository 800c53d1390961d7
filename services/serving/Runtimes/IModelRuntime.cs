using Mesh.Serving.Tensors;

namespace Mesh.Serving.Runtimes;

/// <summary>A loaded model. Thread-safe: any number of requests may infer at once.</summary>
internal interface IModelRuntime : IDisposable
{
    /// <summary>What it takes and gives, as its signature says.</summary>
    ModelLayout Layout { get; }

    /// <summary>Name of the platform in the metadata of the Open Inference Protocol, such as <c>onnx_onnxv1</c>.</summary>
    string Platform { get; }

    /// <summary>The model takes rows in multiples of this number only; 1 where it does not care.</summary>
    int RowMultiple { get; }

    /// <summary>Computes the outputs of all rows. Inputs are filled and of equal row count; outputs are resized here.</summary>
    /// <exception cref="Exception">The model failed; the request fails with it, later ones may succeed.</exception>
    void Infer(TensorBatch batch);
}

/// <summary>A model file that cannot be served; the message is a sentence for the people who deploy it.</summary>
internal sealed class ModelLoadException : Exception
{
    public ModelLoadException(string message)
        : base(message)
    {
    }

    public ModelLoadException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
