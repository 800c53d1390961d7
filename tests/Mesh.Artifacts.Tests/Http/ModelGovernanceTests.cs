using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;
using Microsoft.ML;

namespace Mesh.Artifacts.Tests.Http;

/// <summary>Approvals, gates, comparison and cards of models, and the files that are opened at registration.</summary>
public sealed class ModelGovernanceTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_gate_lets_only_good_and_approved_versions_pass()
    {
        await Register("churn", ("auc", 0.9));
        await Register("churn", ("auc", 0.8));
        await Register("churn", ("auc", 0.95));
        using var olga = host.Host.ClientFor("olga", Role.Admin, _project.Name);
        var gate = new SetGate(true, true, [new GateCheck("auc", AtLeast: 0.85, BeatsCurrent: true)]);
        (await _project.Put("/models/churn/gates/champion", gate)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var info = await TestProject.Read<ModelInfo>(await olga.PutAsJsonAsync($"{_project.Root}/models/churn/gates/champion", gate, MeshJson.Strict));
        info.Gates!.ShouldHaveSingleItem().Checks.ShouldBe(gate.Checks!);

        (await TestProject.Refused(await _project.Post("/models/churn/promote", new PromoteModel(1)), HttpStatusCode.Conflict, "alias.gated")).Detail!.ShouldContain("not approved");
        (await _project.Post("/models/churn/versions/1/approval", new DecideApproval(ApprovalAction.Approve))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        foreach (var version in (int[])[1, 2, 3])
        {
            await TestProject.Read<ModelVersion>(await _project.Post($"/models/churn/versions/{version}/approval", new DecideApproval(ApprovalAction.Request, "please")));
            await olga.PostAsJsonAsync($"{_project.Root}/models/churn/versions/{version}/approval", new DecideApproval(ApprovalAction.Approve, "fine"), MeshJson.Strict);
        }

        await TestProject.Read<ModelInfo>(await _project.Post("/models/churn/promote", new PromoteModel(1)));
        (await TestProject.Refused(await _project.Put("/models/churn/aliases/champion", new MoveAlias(2)), HttpStatusCode.Conflict, "alias.gated")).Detail!.ShouldContain("at least 0.85");
        var report = await _project.Get<GateReport>("/models/churn/gates/champion/check?version=3");
        (report.Passes, report.Current, report.Results.Count).ShouldBe((true, 1, 2));
        await TestProject.Read<ModelInfo>(await _project.Post("/models/churn/promote", new PromoteModel(3)));
        var approval = (await _project.Get<ModelVersion>("/models/churn/versions/3")).Approval!;
        (approval.Status, approval.RequestedBy, approval.DecidedBy, approval.Role, approval.Comment).ShouldBe((ApprovalStatus.Approved, "ada", "olga", Role.Admin, "fine"));

        (await olga.DeleteAsync($"{_project.Root}/models/churn/gates/champion")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await TestProject.Read<ModelInfo>(await _project.Put("/models/churn/aliases/champion", new MoveAlias(2)));
        await host.Host.RelayedAsync("model.gate-changed", e => e.Project == _project.Name);
        await host.Host.RelayedAsync("model.approved", e => e.Project == _project.Name && e.DataAs<ModelApproved>() == new ModelApproved("churn", 3, "fine"));
    }

    [Fact]
    public async Task Versions_are_compared()
    {
        await Register("churn", ("auc", 0.9), ("loss", 0.3));
        await Register("churn", ("auc", 0.8));
        await _project.Put("/models/churn/aliases/blue", new MoveAlias(2));
        var comparison = await _project.Get<ModelComparison>("/models/churn/compare?version=1&version=@blue");
        comparison.Versions.Select(version => version.Version).ShouldBe([1, 2]);
        comparison.Metrics.Single(line => line.Name == "auc").Values.ShouldBe([0.9, 0.8]);
        comparison.Metrics.Single(line => line.Name == "loss").Values.ShouldBe([0.3, null]);
        comparison.Inputs.ShouldHaveSingleItem().Differs.ShouldBeFalse();
        await TestProject.Refused(await _project.Get("/models/churn/compare?version=1"), HttpStatusCode.BadRequest, "versions.count");
        await TestProject.Refused(await _project.Get("/models/churn/compare?version=1&version=7"), HttpStatusCode.NotFound, "model.version-unknown");
        await TestProject.Refused(await _project.Get("/models/churn/compare?version=1&version=@none"), HttpStatusCode.NotFound, "alias.unknown");
    }

    [Fact]
    public async Task A_card_tells_what_is_known_and_runs_nothing()
    {
        await Register("churn", ("auc", 0.9));
        await TestProject.Read<ModelVersion>(await _project.Send(HttpMethod.Patch, "/models/churn/versions/1", JsonContent.Create(new { description = "<script>alert(1)</script> | bold", tags = new { a = "b|c" } })));
        var card = await _project.Get("/models/churn/versions/1/card");
        card.Content.Headers.ContentType!.MediaType.ShouldBe("text/markdown");
        var text = await card.Content.ReadAsStringAsync();
        text.ShouldStartWith("# churn, version 1");
        text.ShouldContain("| auc | 0.9 |");
        text.ShouldContain("| a | b\\|c |");
        text.ShouldNotContain("<script>");
    }

    [Fact]
    public async Task A_version_and_a_model_are_changed_and_deleted()
    {
        await Register("churn", ("auc", 0.9));
        var changed = await TestProject.Read<ModelVersion>(await _project.Send(
            HttpMethod.Patch, "/models/churn/versions/1", JsonContent.Create(new { description = "second", tags = new { team = (string?)null, year = "2026" }, stage = "staging" })));
        (changed.Description, changed.Stage).ShouldBe(("second", ModelStage.Staging));
        changed.Tags.ShouldBe(new Dictionary<string, string> { ["year"] = "2026" });
        await TestProject.Refused(await _project.Send(HttpMethod.Patch, "/models/churn/versions/1", JsonContent.Create(new { name = "x" })), HttpStatusCode.BadRequest, "body.invalid");
        await TestProject.Refused(await _project.Send(HttpMethod.Patch, "/models/churn", JsonContent.Create(new { stage = "staging" })), HttpStatusCode.BadRequest, "body.invalid");
        await TestProject.Refused(await _project.Send(HttpMethod.Patch, "/models/churn/versions/4", JsonContent.Create(new { description = "x" })), HttpStatusCode.NotFound, "model.version-unknown");
        var renamed = await TestProject.Read<ModelInfo>(await _project.Send(HttpMethod.Patch, "/models/churn", JsonContent.Create(new { name = "attrition", description = "who leaves" })));
        (renamed.Name, renamed.Description).ShouldBe(("attrition", "who leaves"));
        (await _project.Get<ModelVersion>("/models/attrition/versions/1")).Model.ShouldBe("attrition");
        (await _project.Send(HttpMethod.Delete, "/models/attrition/versions/1")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await TestProject.Refused(await _project.Get("/models/attrition/versions/@latest"), HttpStatusCode.NotFound, "alias.unknown");
        (await _project.Send(HttpMethod.Delete, "/models/attrition")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await TestProject.Refused(await _project.Get("/models/attrition"), HttpStatusCode.NotFound, "model.unknown");
        (await _project.Get<Page<ModelInfo>>("/models")).Items.ShouldBeEmpty();
        await TestProject.Read<ModelInfo>(await _project.Post("/models", new CreateModel("attrition")), HttpStatusCode.Created);
        await TestProject.Refused(await _project.Post("/models", new CreateModel("attrition")), HttpStatusCode.Conflict, "model.exists");
    }

    [Fact]
    public async Task Of_many_that_take_the_same_name_one_gets_it()
    {
        for (var i = 0; i < 6; i++) await TestProject.Read<ModelInfo>(await _project.Post("/models", new CreateModel($"m{i}")), HttpStatusCode.Created);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _project.Send(HttpMethod.Patch, $"/models/m{i}", JsonContent.Create(new { name = "winner" }))));
        answers.Count(answer => answer.StatusCode is HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.StatusCode is HttpStatusCode.Conflict).ShouldBe(5);
        (await _project.Get<Page<ModelInfo>>("/models")).Items.Count(model => model.Name == "winner").ShouldBe(1);
    }

    [Fact]
    public async Task An_onnx_file_is_opened_and_compared_with_its_signature()
    {
        var digest = await _project.PutBlob(OnnxFile.Linear(1, 2, 3));
        await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", new CreateArtifactVersion("model", digest, ArtifactKind.Model)), HttpStatusCode.Created);
        var body = TestProject.Registration() with { Framework = "onnx", Statistics = null };
        (await TestProject.Refused(await _project.Post("/models/linear/versions", body), HttpStatusCode.UnprocessableEntity, "model.signature-mismatch")).Detail!.ShouldContain("'features'");
        body = body with { Signature = new([new("features", ColumnType.Fp32, [2])], [new("score", ColumnType.Fp32, [1])]) };
        var version = await TestProject.Read<ModelVersion>(await _project.Post("/models/linear/versions", body), HttpStatusCode.Created);
        (version.File!.Opset, version.File.Nodes, version.File.Inputs.Count).ShouldBe((13, 2, 1));

        await _project.Log("model", ArtifactKind.Model, "no model");
        await TestProject.Refused(await _project.Post("/models/linear/versions", body with { ArtifactVersion = 2 }), HttpStatusCode.UnprocessableEntity, "model.file-broken");
        (await _project.Get<ModelInfo>("/models/linear")).LatestVersion.ShouldBe(1);
    }

    [Fact]
    public async Task A_model_of_ml_net_is_opened_and_compared_with_its_signature()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable([new Row { X = 1, Y = 2 }, new Row { X = 2, Y = 4 }, new Row { X = 3, Y = 6 }]);
        var model = context.Transforms.Concatenate("Features", nameof(Row.X)).Append(context.Transforms.NormalizeMinMax("Features")).Fit(data);
        using var zip = new MemoryStream();
        context.Model.Save(model, data.Schema, zip);
        var digest = await _project.PutBlob(zip.ToArray());
        await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", new CreateArtifactVersion("model", digest, ArtifactKind.Model)), HttpStatusCode.Created);
        var body = TestProject.Registration() with { Framework = "mlnet", Statistics = null, Signature = new([new("X", ColumnType.Fp32)], [new("Features", ColumnType.Fp32, [1])]) };
        var version = await TestProject.Read<ModelVersion>(await _project.Post("/models/scaled/versions", body), HttpStatusCode.Created);
        version.File!.Inputs.ShouldHaveSingleItem().Name.ShouldBe("X");

        var wrong = body with { Signature = body.Signature with { Outputs = [new("Score", ColumnType.Fp32)] } };
        (await TestProject.Refused(await _project.Post("/models/scaled/versions", wrong), HttpStatusCode.UnprocessableEntity, "model.file-broken")).Detail!.ShouldContain("'Score'");
        wrong = body with { Signature = body.Signature with { Inputs = [new("Z", ColumnType.Fp32)] } };
        (await TestProject.Refused(await _project.Post("/models/scaled/versions", wrong), HttpStatusCode.UnprocessableEntity, "model.signature-mismatch")).Detail!.ShouldContain("'X'");
        wrong = body with { Signature = body.Signature with { Inputs = [new("X", ColumnType.Bytes)] } };
        await TestProject.Refused(await _project.Post("/models/scaled/versions", wrong), HttpStatusCode.UnprocessableEntity, "model.signature-mismatch");
    }

    private async Task<ModelVersion> Register(string model, params (string Name, double Value)[] metrics)
    {
        var artifact = await _project.Log("model", ArtifactKind.Model, "weights");
        var body = TestProject.Registration(version: artifact.Version) with { Metrics = metrics.ToDictionary(metric => metric.Name, metric => metric.Value) };
        return await TestProject.Read<ModelVersion>(await _project.Post($"/models/{model}/versions", body), HttpStatusCode.Created);
    }

    private sealed class Row
    {
        public float X { get; set; }

        public float Y { get; set; }
    }
}
