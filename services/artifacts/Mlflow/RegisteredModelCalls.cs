using Mesh.Artifacts.Models;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Mlflow;

/// <summary>The <c>registered-models/…</c> calls.</summary>
internal sealed class RegisteredModelCalls(ModelRegistry registry, ModelReader reader, RegistrySearch search)
{
    private const int Usual = 100;
    private const int Most = 1000;

    public async Task<JsonHttpResult<MlflowRegisteredModelAnswer>> CreateAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var name = arguments.NewName("name");
        var written = await registry.CreateAsync(caller, project, name, arguments.About(), arguments.NewTags(), ct);
        if (written.Rejected is { } rejected) throw RegistryArguments.Refused(rejected, name);
        return MlflowJson.Answer(new MlflowRegisteredModelAnswer(RegistryView.Of(written.State!, [])));
    }

    public async Task<JsonHttpResult<MlflowRegisteredModelAnswer>> GetAsync(string project, MlflowArguments arguments, CancellationToken ct) =>
        await AnswerAsync(project, arguments.Name(), ct);

    public async Task<JsonHttpResult<MlflowRegisteredModelAnswer>> UpdateAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var name = arguments.Name();
        await ChangeAsync(project, name, new ModelCommand.Change(arguments.About() ?? "", null, caller.Name), caller, ct);
        return await AnswerAsync(project, name, ct);
    }

    public async Task<JsonHttpResult<MlflowRegisteredModelAnswer>> RenameAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (name, next) = (arguments.Name(), arguments.NewName("new_name"));
        var written = await registry.ChangeAsync(caller, project, name, new ModelCommand.Rename(next, caller.Name), null, ct);
        if (written.Rejected is { } rejected) throw RegistryArguments.Refused(rejected, rejected.Code == "model.exists" ? next : name);
        return await AnswerAsync(project, next, ct);
    }

    public async Task<JsonHttpResult<MlflowNothing>> DeleteAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct) =>
        await ChangeAsync(project, arguments.Name(), new ModelCommand.Delete(caller.Name), caller, ct);

    public async Task<JsonHttpResult<MlflowNothing>> SetTagAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (key, value) = arguments.Tag();
        return await ChangeAsync(project, arguments.Name(), new ModelCommand.Change(null, new Dictionary<string, string?> { [key] = value }, caller.Name), caller, ct);
    }

    public async Task<JsonHttpResult<MlflowNothing>> DeleteTagAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct) => await ChangeAsync(
        project, arguments.Name(), new ModelCommand.Change(null, new Dictionary<string, string?> { [arguments.Required("key")] = null }, caller.Name), caller, ct);

    public async Task<JsonHttpResult<MlflowNothing>> SetAliasAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (name, version) = (arguments.Name(), arguments.Version());
        return await ChangeAsync(project, name, new ModelCommand.MoveAlias(arguments.Required("alias"), version, null, caller.Name), caller, ct, version);
    }

    // Deleting what is not there is done, as it is for clients of MLflow.
    public async Task<JsonHttpResult<MlflowNothing>> DeleteAliasAsync(string project, MlflowArguments arguments, Caller caller, CancellationToken ct)
    {
        var (name, alias) = (arguments.Name(), arguments.Required("alias"));
        var written = await registry.ChangeAsync(caller, project, name, new ModelCommand.DeleteAlias(alias, null, caller.Name), null, ct);
        return written.Rejected is { Code: not "alias.unknown" } rejected ? throw RegistryArguments.Refused(rejected, name) : MlflowJson.Nothing;
    }

    public async Task<JsonHttpResult<MlflowModelVersionAnswer>> GetAliasAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var (name, alias) = (arguments.Name(), arguments.Required("alias"));
        var (version, rejected) = await reader.VersionAsync(project, name, $"@{alias}", ct);
        if (version is not null) return MlflowJson.Answer(new MlflowModelVersionAnswer(RegistryView.Of(version)));
        throw rejected!.Code == "alias.unknown" ? MlflowRefusal.NotFound($"Registered model alias {alias} not found.") : RegistryArguments.Refused(rejected, name);
    }

    public async Task<JsonHttpResult<MlflowModelVersions>> LatestAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var name = arguments.Name();
        var stages = arguments.Texts("stages").Select(RegistryArguments.Stage).ToHashSet();
        if (await reader.FindAsync(project, name, ct) is null) throw RegistryArguments.NoModel(name);
        var latest = await search.LatestAsync(project, [name], ct);
        return MlflowJson.Answer(new MlflowModelVersions(
            latest[name].Where(version => stages.Count == 0 || stages.Contains(Enum.Parse<ModelStage>(version.CurrentStage))).ToList().OrAbsent()));
    }

    public async Task<JsonHttpResult<MlflowRegisteredModels>> SearchAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var (filter, orders) = (arguments.Text("filter"), arguments.Texts("order_by"));
        var limit = arguments.Limit(Usual, Most);
        var query = MlflowSearch.Parse(RegistrySearch.Models, filter, orders);
        var fingerprint = PageToken.Fingerprint(["models", project, filter, .. orders]);
        var (models, next) = await search.ModelsAsync(project, query, fingerprint, limit, arguments.After(fingerprint), ct);
        var latest = await search.LatestAsync(project, [.. models.Select(model => model.Name)], ct);
        return MlflowJson.Answer(new MlflowRegisteredModels(models.Select(model => RegistryView.Of(model, [.. latest[model.Name]])).ToList().OrAbsent(), next));
    }

    private async Task<JsonHttpResult<MlflowRegisteredModelAnswer>> AnswerAsync(string project, string name, CancellationToken ct)
    {
        var model = await reader.FindAsync(project, name, ct) ?? throw RegistryArguments.NoModel(name);
        return MlflowJson.Answer(new MlflowRegisteredModelAnswer(RegistryView.Of(model, [.. (await search.LatestAsync(project, [name], ct))[name]])));
    }

    private async Task<JsonHttpResult<MlflowNothing>> ChangeAsync(
        string project, string name, ModelCommand command, Caller caller, CancellationToken ct, int version = 0)
    {
        var written = await registry.ChangeAsync(caller, project, name, command, null, ct);
        return written.Rejected is { } rejected ? throw RegistryArguments.Refused(rejected, name, version) : MlflowJson.Nothing;
    }
}
