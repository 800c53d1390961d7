using System.Text.Json;
using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Tracking;

namespace Mesh.EndToEnd.Tests.Journeys;

/// <summary>What a script reads: every verb prints one JSON value with <c>--json</c>, also those that only change something.</summary>
[Collection("one mesh at a time")]
public sealed class JsonTests
{
    private const string Project = "json";

    [Fact]
    public async Task Every_verb_answers_a_script_in_json()
    {
        await using var folder = new MeshFolder();
        (await folder.JsonAsync("up", "--detach", "--port", folder.Port)).GetProperty("ready").GetBoolean().ShouldBeTrue();
        await ProjectsAsync(folder);
        using var client = folder.Client(Project);
        await RunsAsync(folder, client.Project());
        await ArtifactsAndModelsAsync(folder, client.Project());
        await JobsAsync(folder);
        await AlertsAndEventsAsync(folder);
        (await folder.JsonAsync("logs", "-n", "3")).GetArrayLength().ShouldBe(3);
        (await folder.JsonAsync("login")).GetProperty("link").GetString().ShouldStartWith(folder.Address.ToString());
        (await folder.JsonAsync("down")).GetProperty("drained").GetBoolean().ShouldBeTrue();
    }

    private static async Task ProjectsAsync(MeshFolder folder)
    {
        await folder.JsonAsync("projects", "create", Project);
        Text(await folder.JsonAsync("projects", "archive", Project), "status").ShouldBe("archived");
        Text(await folder.JsonAsync("projects", "restore", Project), "status").ShouldBe("active");
        Text(await folder.JsonAsync("projects", "grant", Project, "ann", "editor"), "role").ShouldBe("editor");
        (await folder.JsonAsync("projects", "members", Project)).GetArrayLength().ShouldBe(2);
        Text(await folder.JsonAsync("projects", "revoke", Project, "ann"), "user").ShouldBe("ann");
        await folder.JsonAsync("projects", "create", "short-lived");
        (await folder.JsonAsync("projects", "delete", "short-lived")).GetProperty("deleted").GetBoolean().ShouldBeTrue();

        var set = await folder.MeshAsync("s3cret", ["secrets", "set", "KEY", "-P", Project, "--json"]);
        set.Json().GetProperty("set").GetBoolean().ShouldBeTrue(set.Error);
        set.Output.ShouldNotContain("s3cret");
        (await InProjectAsync(folder, "secrets", "list")).GetArrayLength().ShouldBe(1);
        (await InProjectAsync(folder, "secrets", "delete", "KEY")).GetProperty("deleted").GetBoolean().ShouldBeTrue();

        var token = (await folder.JsonAsync("tokens", "create", "script")).GetProperty("token");
        (await folder.JsonAsync("tokens", "revoke", Text(token, "id")!)).GetProperty("revoked").GetBoolean().ShouldBeTrue();
    }

    private static async Task RunsAsync(MeshFolder folder, ProjectClient project)
    {
        var run = await project.Runs.CreateAsync(new CreateRun("by hand"));
        Text(await InProjectAsync(folder, "runs", "abort", run.Id.ToString()), "id").ShouldBe(run.Id.ToString());
        Text(await InProjectAsync(folder, "runs", "logs", run.Id.ToString()), "text").ShouldBe("");
        (await InProjectAsync(folder, "runs", "history", run.Id.ToString())).GetArrayLength().ShouldBeGreaterThan(1);
        (await InProjectAsync(folder, "runs", "delete", run.Id.ToString())).GetProperty("deleted").GetBoolean().ShouldBeTrue();
        Text(await InProjectAsync(folder, "runs", "restore", run.Id.ToString()), "name").ShouldBe("by hand");
        await MovesAsync(folder);
        await InProjectAsync(folder, "runs", "delete", run.Id.ToString());
        (await InProjectAsync(folder, "runs", "purge", "--deleted-before", "2100-01-01T00:00:00Z", "--dry-run")).GetProperty("runs").GetInt64().ShouldBe(1);
        (await InProjectAsync(folder, "runs", "purge", run.Id.ToString())).GetProperty("runs").GetInt64().ShouldBe(1);
        (await project.Runs.FindAsync(run.Id)).ShouldBeNull();
        (await InProjectAsync(folder, "retention", "set", "--purge-deleted-after", "30")).GetProperty("purgeDeletedAfterDays").GetInt32().ShouldBe(30);
        (await InProjectAsync(folder, "retention", "show")).GetProperty("purgeDeletedAfterDays").GetInt32().ShouldBe(30);
    }

    private static async Task MovesAsync(MeshFolder folder)
    {
        await folder.JsonAsync("projects", "create", "copy");
        var export = Path.Combine(folder.Work, "export");
        (await InProjectAsync(folder, "runs", "export", "--out", export)).GetProperty("counts").GetProperty("runs").GetInt64().ShouldBe(1);
        (await folder.JsonAsync("import", "export", export, "-P", "copy")).GetProperty("created").GetInt32().ShouldBe(1);
        var token = (await File.ReadAllTextAsync(Path.Combine(folder.Data, "admin.token"))).Trim();
        string[] import = ["import", "mlflow", $"{folder.Address}mlflow/{Project}", "--token", token, "-P", "copy"];
        (await folder.JsonAsync([.. import, "--dry-run"])).GetProperty("dryRun").GetBoolean().ShouldBeTrue();
        (await folder.JsonAsync(import)).GetProperty("untaken").GetArrayLength().ShouldBe(0);
    }

    private static async Task ArtifactsAndModelsAsync(MeshFolder folder, ProjectClient project)
    {
        await File.WriteAllTextAsync(Path.Combine(folder.Work, "model.bin"), "weights");
        (await InProjectAsync(folder, "artifacts", "put", "model.bin", "model.bin", "--kind", "model")).GetProperty("version").GetInt32().ShouldBe(1);
        (await InProjectAsync(folder, "artifacts", "get", "model.bin", "again.bin")).GetProperty("version").GetInt32().ShouldBe(1);
        (await File.ReadAllTextAsync(Path.Combine(folder.Work, "again.bin"))).ShouldBe("weights");
        var both = await folder.MeshAsync("artifacts", "get", "model.bin", "-", "-P", Project, "--json");
        (both.Code, both.Output).ShouldBe((2, ""));

        var signature = new ModelSignature([new Column("x", ColumnType.Fp64)], [new Column("y", ColumnType.Fp64)]);
        await project.Models.RegisterAsync("net", new RegisterModelVersion("model.bin", 1, "other", signature));
        (await InProjectAsync(folder, "models", "promote", "net", "1")).GetProperty("aliases").GetProperty("champion").GetInt32().ShouldBe(1);
        (await InProjectAsync(folder, "models", "alias", "net", "next", "1")).GetProperty("aliases").GetProperty("next").GetInt32().ShouldBe(1);
        (await InProjectAsync(folder, "models", "unalias", "net", "next")).GetProperty("deleted").GetBoolean().ShouldBeTrue();
        (await InProjectAsync(folder, "models", "get", "net@champion", "model.copy")).GetProperty("version").GetInt32().ShouldBe(1);
        (await File.ReadAllTextAsync(Path.Combine(folder.Work, "model.copy"))).ShouldBe("weights");
        Directory.GetFiles(folder.Work, "*.partial").ShouldBeEmpty();
    }

    private static async Task JobsAsync(MeshFolder folder)
    {
        var done = await folder.MeshAsync("jobs", "submit", "-P", Project, "--wait", "--json", "--", "echo", "hello");
        Text(done.Json(), "status").ShouldBe("succeeded", done.Error);
        Text(await InProjectAsync(folder, "runs", "logs", Text(done.Json(), "id")!), "text").ShouldBe("hello\n");
        var followed = await folder.MeshAsync("runs", "logs", Text(done.Json(), "id")!, "-f", "-P", Project, "--json");
        var chunks = followed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        string.Concat(chunks.Select(chunk => Text(chunk, "text"))).ShouldBe("hello\n");

        var endless = await folder.MeshAsync("jobs", "submit", "-P", Project, "--json", "--", "sleep", "600");
        Text(await InProjectAsync(folder, "jobs", "abort", Text(endless.Json(), "id")!), "id").ShouldBe(Text(endless.Json(), "id"));
        var ended = await folder.MeshAsync("jobs", "wait", Text(endless.Json(), "id")!, "-P", Project, "--json");
        (ended.Code, Text(ended.Json(), "status")).ShouldBe((4, "aborted"));
    }

    private static async Task AlertsAndEventsAsync(MeshFolder folder)
    {
        await InProjectAsync(folder, "alerts", "define", "retrain", "--on", "drift.detected", "--item", "describe", "-p", "dataset=none.csv");
        (await InProjectAsync(folder, "alerts", "activations", "retrain")).GetArrayLength().ShouldBe(0);
        (await InProjectAsync(folder, "alerts", "delete", "retrain")).GetProperty("deleted").GetBoolean().ShouldBeTrue();
        (await InProjectAsync(folder, "events", "--after", "0")).EnumerateArray().ShouldNotBeEmpty();
    }

    private static Task<JsonElement> InProjectAsync(MeshFolder folder, params string[] arguments) => folder.JsonAsync([.. arguments, "-P", Project]);

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
