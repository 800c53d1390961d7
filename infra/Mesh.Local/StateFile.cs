namespace Mesh.Local;

/// <summary>Writes the state of a mesh whose processes come and go, one writing at a time, the newest state last.</summary>
internal sealed class StateFile(string data, Func<bool, MeshState> describe)
{
    private readonly Lock _turn = new();
    private bool _ready;

    /// <summary>Writes what runs now.</summary>
    public void Write()
    {
        lock (_turn)
        {
            try
            {
                describe(_ready).Write(data);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Services are kept whether or not `mesh status` can see them.
                Terminal.Say($"{MeshState.PathIn(data)} could not be written: {e.Message}");
            }
        }
    }

    /// <summary>Writes that everything is ready, as it is called from then on.</summary>
    public void WriteReady()
    {
        lock (_turn)
        {
            _ready = true;
            Write();
        }
    }
}
