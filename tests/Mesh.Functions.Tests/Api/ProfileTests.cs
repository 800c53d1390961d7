using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Doubles;

namespace Mesh.Functions.Tests.Api;

/// <summary>Two profiles of processes beside the built-in one, and one of a cluster that no job here reaches.</summary>
public sealed class ProfileHost : FunctionsHost
{
    public ProfileHost()
    {
        var token = Path.GetTempFileName();
        Settings =
        [
            ("Functions:Profiles:narrow:Executor", "process"), ("Functions:Profiles:narrow:Concurrency", "1"), ("Functions:Profiles:narrow:Description", "One at a time."),
            ("Functions:Profiles:cluster:Executor", "Kubernetes"), ("Functions:Profiles:cluster:ApiServer", "http://127.0.0.1:1"), ("Functions:Profiles:cluster:TokenFile", token),
            ("Functions:Profiles:cluster:Namespace", "jobs"), ("Functions:Profiles:cluster:InitImage", "mesh/functions:1"), ("Functions:Profiles:cluster:Api", "http://gateway:7070"),
        ];
    }
}

/// <summary>Profiles as users meet them.</summary>
public sealed class ProfileTests(ProfileHost functions) : IClassFixture<ProfileHost>
{
    [Fact]
    public async Task The_list_has_each_profile_and_nothing_that_is_the_operators_own()
    {
        var text = await functions.Editor.GetStringAsync("/api/v1/profiles");
        text.ShouldNotContain("127.0.0.1:1", customMessage: "the cluster's address is nobody's business");
        var all = (await functions.Editor.GetFromJsonAsync<Page<ProfileInfo>>("/api/v1/profiles", MeshJson.Strict))!.Items;
        all.Select(p => (p.Name, p.Executor, p.IsDefault, p.Concurrency)).ShouldBe(
        [
            ("cluster", ProfileExecutor.Kubernetes, false, 50), ("narrow", ProfileExecutor.Process, false, 1), ("process", ProfileExecutor.Process, true, 4),
        ]);
        var first = (await functions.Editor.GetFromJsonAsync<Page<ProfileInfo>>("/api/v1/profiles?limit=2", MeshJson.Strict))!;
        var rest = (await functions.Editor.GetFromJsonAsync<Page<ProfileInfo>>($"/api/v1/profiles?limit=2&cursor={first.Next}", MeshJson.Strict))!;
        rest.Items.ShouldHaveSingleItem().Name.ShouldBe("process");
    }

    [Fact]
    public async Task A_job_runs_where_it_says_or_where_its_function_says()
    {
        functions.BeginProject();
        var said = await functions.SubmitAsync(new SubmitJob(Command: ["true"]) { Profile = "narrow" });
        said.Profile.ShouldBe("narrow");
        await functions.UntilAsync(said.Id, JobStatus.Succeeded);
        (await functions.SubmitAsync(new SubmitJob(Command: ["true"]))).Profile.ShouldBe("process");

        var defined = new DefineFunction(FunctionKind.Process, ["true"]) { Profile = "narrow", Image = "ours/train:2" };
        (await functions.Editor.PutAsJsonAsync($"{functions.Functions}/f", defined, MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await functions.Editor.GetFromJsonAsync<FunctionInfo>($"{functions.Functions}/f", MeshJson.Strict))!.ShouldSatisfyAllConditions(
            f => f.Profile.ShouldBe("narrow"), f => f.Image.ShouldBe("ours/train:2"));
        var of = await functions.SubmitAsync(new SubmitJob("f"));
        (of.Profile, of.Image).ShouldBe(("narrow", null), "a process has no image");
        await functions.UntilAsync(of.Id, JobStatus.Succeeded);
    }

    [Theory]
    [InlineData("nowhere", null, "job.profile-unknown", "there are cluster, narrow, process.")]
    [InlineData("narrow", "ours/train:2", "job.image-local", "runs processes")]
    [InlineData("cluster", null, "job.image-missing", "name one")]
    public async Task What_could_not_run_is_refused(string profile, string? image, string code, string says)
    {
        using var answer = await functions.Editor.PostAsJsonAsync(functions.Jobs, new SubmitJob(Command: ["true"]) { Profile = profile, Image = image }, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!;
        problem.Code.ShouldBe(code);
        problem.Detail!.ShouldContain(says);
    }

    [Fact]
    public async Task A_function_of_an_unknown_profile_is_refused()
    {
        using var answer = await functions.Editor.PutAsJsonAsync($"{functions.Functions}/g", new DefineFunction(FunctionKind.Process, ["true"]) { Profile = "nowhere" }, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        using var odd = await functions.Editor.PutAsJsonAsync($"{functions.Functions}/g", new DefineFunction(FunctionKind.Process, ["true"]) { Image = "a b" }, MeshJson.Strict);
        odd.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_profile_runs_as_many_at_once_as_it_may_and_others_go_on_beside_it()
    {
        functions.BeginProject();
        var gate = Path.Combine(functions.DataPath, "gate");
        var first = await functions.SubmitAsync(new SubmitJob(Command: ["sh", "-c", $"while [ ! -e {gate} ]; do sleep 0.05; done"]) { Profile = "narrow" });
        await functions.UntilAsync(first.Id, JobStatus.Running);
        var second = await functions.SubmitAsync(new SubmitJob(Command: ["true"]) { Profile = "narrow" });
        var other = await functions.SubmitAsync(new SubmitJob(Command: ["true"]));
        await functions.UntilAsync(other.Id, JobStatus.Succeeded);
        (await functions.GetAsync(second.Id)).Status.ShouldBe(JobStatus.Queued);
        await File.WriteAllTextAsync(gate, "");
        await functions.UntilAsync(second.Id, JobStatus.Succeeded);
    }

    [Fact]
    public void What_runs_on_a_cluster_takes_nothing_of_this_machine()
    {
        var slots = new WorkerSlots(functions.Host.Service<ProfileRegistry>(), functions.Host.Service<WorkerCapacity>());
        var (cluster, local) = (slots.Profiles.Single(p => p.Name == "cluster"), slots.Profiles.Single(p => p.Name == Profile.BuiltIn));
        var before = slots.FreeOf(local);
        slots.FreeOf(cluster).Room.Holds(new Room(1e6, 1L << 50, 1000)).ShouldBeTrue();
        slots.Take(cluster, new Room(1e6, 1L << 50, 1000)).Gpus.ShouldBeEmpty();
        slots.FreeOf(local).ShouldBe(before);
        slots.FreeOf(cluster).Slots.ShouldBe(49);
        slots.Take(slots.Profiles.Single(p => p.Name == "narrow"), new Room(1, 0, 0));
        slots.FreeOf(local).ShouldBe((before.Slots - 1, before.Room - new Room(1, 0, 0)), "profiles of processes share the machine");
    }
}
