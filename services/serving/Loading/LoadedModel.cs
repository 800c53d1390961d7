using Mesh.Contracts.Artifacts;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Loading;

/// <summary>
/// A version of a model in memory, shared by the requests that infer on it. Whoever takes it out of service retires it; the last request that still
/// uses it disposes it.
/// </summary>
internal sealed class LoadedModel(ModelVersion version, IModelRuntime runtime)
{
    // One for being in service, one for each request in flight; disposed at 0.
    private int _users = 1;

    public string Name => version.Model;

    public int Version => version.Version;

    public ModelSignature Signature => version.Signature;

    public IModelRuntime Runtime => runtime;

    public TensorBatchPool Batches { get; } = new(runtime.Layout);

    /// <summary>Begins a use. False: it was retired and has no users any more.</summary>
    public bool TryUse()
    {
        for (var users = Volatile.Read(ref _users); users > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) return true;
            users = seen;
        }

        return false;
    }

    /// <summary>Ends a use.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0) runtime.Dispose();
    }

    /// <summary>Takes it out of service; what is in flight ends in peace. Once.</summary>
    public void Retire() => Release();
}
