using Mesh.Artifacts.Models;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Mlflow;

/// <summary>The <c>model-versions/…</c> calls.</summary>
internal sealed class ModelVersionCalls(ModelRegistry registry, ModelReader reader, RegistrySearch search, SourceFolder folder)
{
    private const int Usual = 10_000;
    private const int Most = 200_000;

    public async Task<JsonHttpResult<MlflowModelVersionAnswer>> CreateAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (name, source) = (arguments.Name(), SourceFolder.Checked(arguments.Required("source")));
        Guid? run = arguments.Text("run_id") is not { Length: > 0 } id ? null
            : Guid.TryParse(id, out var parsed) ? parsed : throw MlflowRefusal.Invalid($"Invalid run id: '{(id.Length <= 100 ? id : id[..100])}'.");
        var link = arguments.Text("run_link") is { Length: > 0 } given ? MlflowForm.Value(given, "run_link", 1000) : null;
        var (tags, description) = (arguments.NewTags(), arguments.About());
        var content = await folder.OpenAsync(project, source, ct);
        var version = new ForeignVersion(
            content.Framework, source, content.Digest, content.Size, run, link, content.Signature, content.File, tags, description is { Length: > 0 } ? description : null);
        var (made, rejected) = await registry.RegisterAsync(caller, project, name, version, ct);
        return rejected is not null ? throw RegistryArguments.Refused(rejected, name) : MlflowJson.Answer(new MlflowModelVersionAnswer(RegistryView.Of(made!)));
    }

    public async Task<JsonHttpResult<MlflowModelVersionAnswer>> GetAsync(string project, MlflowArguments arguments, CancellationToken ct) =>
        MlflowJson.Answer(new MlflowModelVersionAnswer(RegistryView.Of(await FindAsync(project, arguments, ct))));

    public async Task<JsonHttpResult<MlflowModelVersionAnswer>> UpdateAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        await ChangeAsync(project, arguments, caller, arguments.About() ?? "", null, ct);
        return await GetAsync(project, arguments, ct);
    }

    public async Task<JsonHttpResult<MlflowNothing>> DeleteAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (name, version) = (arguments.Name(), arguments.Version());
        var written = await registry.ChangeAsync(caller, project, name, new ModelCommand.DeleteVersion(version, caller.Name), null, ct);
        return written.Rejected is { } rejected ? throw RegistryArguments.Refused(rejected, name, version) : MlflowJson.Nothing;
    }

    public async Task<JsonHttpResult<MlflowModelVersionAnswer>> TransitionAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var stage = RegistryArguments.Stage(arguments.Required("stage"));
        var archive = arguments.Flag("archive_existing_versions") ?? throw MlflowRefusal.Missing("archive_existing_versions");
        if (archive && stage is ModelStage.None or ModelStage.Archived)
            throw MlflowRefusal.Invalid($"Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are Staging, Production.");
        var known = await FindAsync(project, arguments, ct);
        var command = new ModelCommand.MoveToStage(known.Version, stage, known.Stage, archive, caller.Name);
        var written = await registry.ChangeAsync(caller, project, known.Model, command, null, ct);
        return written.Rejected is { } rejected ? throw RegistryArguments.Refused(rejected, known.Model, known.Version) : await GetAsync(project, arguments, ct);
    }

    public async Task<JsonHttpResult<MlflowArtifactUri>> DownloadUriAsync(string project, MlflowArguments arguments, CancellationToken ct) =>
        MlflowJson.Answer(new MlflowArtifactUri((await FindAsync(project, arguments, ct)).Source!));

    public Task<JsonHttpResult<MlflowNothing>> SetTagAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (key, value) = arguments.Tag();
        return ChangeAsync(project, arguments, caller, null, new Dictionary<string, string?> { [key] = value }, ct);
    }

    public Task<JsonHttpResult<MlflowNothing>> DeleteTagAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct) =>
        ChangeAsync(project, arguments, caller, null, new Dictionary<string, string?> { [arguments.Required("key")] = null }, ct);

    public async Task<JsonHttpResult<MlflowModelVersions>> SearchAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var (filter, orders) = (arguments.Text("filter"), arguments.Texts("order_by"));
        var limit = arguments.Limit(Usual, Most);
        var query = MlflowSearch.Parse(RegistrySearch.Versions, filter, orders);
        var fingerprint = PageToken.Fingerprint(["versions", project, filter, .. orders]);
        var (versions, next) = await search.VersionsAsync(project, query, fingerprint, limit, arguments.After(fingerprint), ct);
        return MlflowJson.Answer(new MlflowModelVersions(versions.OrAbsent(), next));
    }

    private async Task<JsonHttpResult<MlflowNothing>> ChangeAsync(
        string project, MlflowArguments arguments, Caller caller, string? description, IReadOnlyDictionary<string, string?>? tags, CancellationToken ct)
    {
        var (name, version) = (arguments.Name(), arguments.Version());
        var written = await registry.ChangeVersionAsync(caller, project, name, version, description, tags, ct);
        return written.Rejected is { } rejected ? throw RegistryArguments.Refused(rejected, name, version) : MlflowJson.Nothing;
    }

    private async Task<ModelVersion> FindAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var (name, version) = (arguments.Name(), arguments.Version());
        var (found, rejected) = await reader.VersionAsync(project, name, version, ct);
        return found ?? throw RegistryArguments.Refused(rejected!, name, version);
    }
}
