using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Experiments;

/// <summary>An experiment as a run refers to it.</summary>
internal readonly record struct ExperimentRef(long Number, string Name);

/// <summary>Finds experiments by name and number, and makes them: the default one when it is first needed, others when they are asked for.</summary>
internal sealed class ExperimentDirectory(ITrackingStore store, ServiceDatabase<ITrackingStore> database, TimeProvider clock)
{
    private static readonly Caller Platform = Caller.Service("tracking");
    private static readonly Dictionary<string, string> NoTags = [];

    /// <summary>An experiment by its number, deleted or not. The default one is always there.</summary>
    public async Task<Experiment?> FindAsync(string project, long number, CancellationToken ct)
    {
        await using (var session = store.OpenQuery(project))
        {
            if (await session.LoadAsync<Experiment>(Experiment.Key(number), ct) is { } found) return found;
        }

        return number == Experiment.Default ? await MakeDefaultAsync(project, ct) : null;
    }

    /// <summary>An experiment by its name, deleted or not.</summary>
    public async Task<Experiment?> FindAsync(string project, string name, CancellationToken ct)
    {
        if (await FindOnlyAsync(project, name, ct) is { } found) return found;
        return name == Experiment.DefaultName && await MakeDefaultAsync(project, ct) is { Name: Experiment.DefaultName } made ? made : null;
    }

    /// <summary>The experiment that a new run belongs to: of that name, made when there is none.</summary>
    /// <param name="name">Null for the project's default experiment, whatever it is called by now.</param>
    public async Task<(Experiment Experiment, Rejection? Rejected)> ForRunAsync(Caller caller, string project, string? name, CancellationToken ct)
    {
        var found = name is null ? await FindAsync(project, Experiment.Default, ct) : await FindAsync(project, name, ct);
        if (found is null)
        {
            var (made, _) = await CreateAsync(caller, project, name!, null, NoTags, ct);
            // Refused: somebody else was faster.
            found = made ?? await FindOnlyAsync(project, name!, ct) ?? throw new InvalidOperationException($"Experiment '{name}' was neither made nor found.");
        }

        return (found, found.Deleted ? ExperimentDecider.Gone(found) : null);
    }

    /// <summary>Makes an experiment under the next number.</summary>
    public async Task<(Experiment? Made, Rejection? Rejected)> CreateAsync(
        Caller caller, string project, string name, string? artifactLocation, IReadOnlyDictionary<string, string> tags, CancellationToken ct)
    {
        // The first of all, also by its age.
        await FindAsync(project, Experiment.Default, ct);
        if (await FindAsync(project, name, ct) is { } taken) return (null, ExperimentDecider.Taken(name, taken.Deleted));
        var number = await NextNumberAsync(project, ct);
        return await MakeAsync(caller, project, new ExperimentCommand.Create(number, name, artifactLocation, tags, caller.Name), ct);
    }

    /// <summary>Decides a command on an experiment and appends what happened.</summary>
    public async Task<(Experiment? After, Rejection? Rejected)> CarryOutAsync(Caller caller, string project, long number, ExperimentCommand command, CancellationToken ct)
    {
        if (await FindAsync(project, number, ct) is null) return (null, ExperimentDecider.Unknown);
        // Its name is nobody else's, also before it is first needed.
        if (command is ExperimentCommand.Rename) await FindAsync(project, Experiment.Default, ct);
        try
        {
            var written = await store.WriteAsync<Experiment, ExperimentEvent>(
                caller, project, Experiment.Key(number), experiment => ExperimentDecider.Decide(command, experiment, clock.GetUtcNow()), ct);
            return (written.State, written.Rejected);
        }
        catch (Exception e) when (IsTaken(e) && command is ExperimentCommand.Rename rename)
        {
            return (null, ExperimentDecider.Taken(rename.Name, (await FindOnlyAsync(project, rename.Name, ct))?.Deleted == true));
        }
    }

    /// <summary>The names that experiments have now, by number.</summary>
    public async Task<IReadOnlyDictionary<long, string>> NamesAsync(string project, IEnumerable<long> numbers, CancellationToken ct)
    {
        var wanted = numbers.Distinct().ToArray();
        var names = new Dictionary<long, string>(wanted.Length);
        if (wanted.Length == 0) return names;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand("select number, name from mt_doc_experiment where tenant_id = $1 and number = any($2)", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = wanted } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) names[rows.GetInt64(0)] = rows.GetString(1);
        return names;
    }

    private async Task<Experiment?> FindOnlyAsync(string project, string name, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand("select data from mt_doc_experiment where tenant_id = $1 and name = $2", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = name } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? await store.Options.Serializer().FromJsonAsync<Experiment>(rows, 0, ct) : null;
    }

    private async Task<Experiment> MakeDefaultAsync(string project, CancellationToken ct)
    {
        var (made, _) = await MakeAsync(Platform, project, new ExperimentCommand.Create(Experiment.Default, Experiment.DefaultName, null, NoTags, Platform.Name), ct);
        return made ?? throw new InvalidOperationException($"The default experiment of {project} could not be made.");
    }

    private async Task<(Experiment? Made, Rejection? Rejected)> MakeAsync(Caller caller, string project, ExperimentCommand.Create command, CancellationToken ct)
    {
        try
        {
            var written = await store.WriteAsync<Experiment, ExperimentEvent>(
                caller, project, Experiment.Key(command.Number), experiment => ExperimentDecider.Decide(command, experiment, clock.GetUtcNow()), ct);
            return (written.State, written.Rejected);
        }
        catch (Exception e) when (IsTaken(e))
        {
            return (null, ExperimentDecider.Taken(command.Name, (await FindOnlyAsync(project, command.Name, ct))?.Deleted == true));
        }
    }

    private async Task<long> NextNumberAsync(string project, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            insert into experiment_number as n (project, last) values ($1, 1)
            on conflict (project) do update set last = n.last + 1
            returning last
            """, connection)
        {
            Parameters = { new() { Value = project } },
        };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static bool IsTaken(Exception? e) =>
        e is not null && (e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: ExperimentStorage.UniqueName } || IsTaken(e.InnerException));
}
