namespace Mesh.Tracking.Experiments.Live;

/// <summary>The tables that somebody follows in this process: each is looked at once for all who follow it.</summary>
internal sealed class TableFeed(TableReader reader, TimeProvider clock, ILogger<TableFeed> log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Project, long Experiment), TableWatch> _watches = [];

    /// <summary>How many tables are looked at.</summary>
    public int Watched
    {
        get
        {
            lock (_gate) return _watches.Count;
        }
    }

    /// <summary>Begins to follow a table; ends with <see cref="Leave"/>.</summary>
    public TableWatch Join(string project, long experiment)
    {
        lock (_gate)
        {
            // One that lost the database is given up: those who come anew begin anew.
            if (!_watches.TryGetValue((project, experiment), out var watch) || watch.IsLost)
                _watches[(project, experiment)] = watch = new TableWatch(project, experiment, reader, clock, log);
            watch.Followers++;
            return watch;
        }
    }

    /// <summary>Ends to follow a table. The last one who leaves ends the looking.</summary>
    public void Leave(TableWatch watch)
    {
        lock (_gate)
        {
            if (--watch.Followers > 0) return;
            watch.Dispose();
            if (_watches.GetValueOrDefault((watch.Project, watch.Experiment)) == watch) _watches.Remove((watch.Project, watch.Experiment));
        }
    }
}
