using System.Net;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using static Mesh.Tracking.Tests.ProjectUser;

namespace Mesh.Tracking.Tests.Runs;

public sealed class RunIdempotencyTests(TrackingFixture tracking)
{
    [Fact]
    public async Task The_same_key_gives_the_same_answer_even_at_once()
    {
        var ada = tracking.NewProject();
        var body = new CreateRun("fit", "wine", Params: new() { ["lr"] = "0.1" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ada.PostAsync("/runs", body, ("Idempotency-Key", "k1"))));
        var texts = await Task.WhenAll(answers.Select(a => a.Content.ReadAsStringAsync()));
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created);
        texts.Distinct().ShouldHaveSingleItem();
        var run = await ReadAsync<RunInfo>(answers[0], HttpStatusCode.Created);
        answers[0].Headers.Location!.ToString().ShouldBe($"{ada.Base}/runs/{run.Id}");

        await ada.PostAsync($"/runs/{run.Id}/start", new StartRun());
        var later = await ada.PostAsync("/runs", body, ("Idempotency-Key", "k1"));
        (await later.Content.ReadAsStringAsync()).ShouldBe(texts[0]);
        later.Headers.ETag!.Tag.ShouldBe("\"1\"");
        (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused_and_another_user_has_keys_of_their_own()
    {
        var ada = tracking.NewProject();
        var first = await ReadAsync<RunInfo>(await ada.PostAsync("/runs", new CreateRun("a"), ("Idempotency-Key", "k1")), HttpStatusCode.Created);
        await ada.PostAsync("/runs", new CreateRun("b"), ("Idempotency-Key", "k1")).ShouldBeProblemAsync(409, "idempotency-key.reused");
        await ada.PostAsync("/runs", new CreateRun("b"), ("Idempotency-Key", "with space")).ShouldBeProblemAsync(400, "idempotency-key.invalid");
        var bob = ada.As("bob", Role.Editor);
        (await ReadAsync<RunInfo>(await bob.PostAsync("/runs", new CreateRun("b"), ("Idempotency-Key", "k1")), HttpStatusCode.Created)).Id.ShouldNotBe(first.Id);
    }

    [Fact]
    public async Task A_given_id_makes_sure_of_the_run()
    {
        var ada = tracking.NewProject();
        var body = new CreateRun("fit", "wine", "job", null, new() { ["lr"] = "0.1" }, null, Guid.CreateVersion7());
        (await ada.CreateAsync(body)).Id.ShouldBe(body.Id!.Value);
        await ada.PostAsync($"/runs/{body.Id}/start", new StartRun());
        (await ReadAsync<RunInfo>(await ada.PostAsync("/runs", body))).Status.ShouldBe(RunStatus.Running);
        await ada.PostAsync("/runs", body with { Name = "other" }).ShouldBeProblemAsync(409, "run.exists");
        (await tracking.NewProject().CreateAsync(body with { Name = "other" })).Name.ShouldBe("other");
    }

    [Fact]
    public async Task Every_command_twice_changes_once()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        await TwiceAsync("start", new StartRun(1, "w1"), 2);
        await TwiceAsync("params", new LogParams(new() { ["lr"] = "0.1" }), 3);
        await TwiceAsync("tags", new SetTags(new() { ["a"] = "1" }), 4);
        await TwiceAsync("abort", new AbortRun("enough"), 5);
        await TwiceAsync("aborted", new AbortRun(), 6);
        (await ada.GetAsync(run.Id)).Cause.ShouldBe("enough");

        async Task TwiceAsync<T>(string verb, T body, long version)
        {
            (await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{run.Id}/{verb}", body))).Version.ShouldBe(version);
            (await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{run.Id}/{verb}", body))).Version.ShouldBe(version);
        }
    }
}
