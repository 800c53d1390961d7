using Mesh.Client;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Tests.Code;

namespace Mesh.Functions.Tests.Definitions;

public sealed class FunctionTagTests(CodeHost mesh) : IClassFixture<CodeHost>
{
    private static readonly DateTimeOffset T0 = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private static readonly Function Two = Function.Create(new FunctionEvent.Defined("train", 1, "a", FunctionKind.Process, "ada", T0))
        .Apply(new FunctionEvent.Defined("train", 2, "b", FunctionKind.Process, "ada", T0));

    private static readonly Function Tagged = Two.Apply(new FunctionEvent.TagMoved("train", "best", 1, null, "ada", T0));

    [Fact]
    public void A_tag_moves_from_where_it_was_seen()
    {
        var moved = FunctionTagDecider.Move(Tagged, "train", "best", new MoveFunctionTag(2, 1), "bob", T0).Events.ShouldHaveSingleItem().ShouldBeOfType<FunctionEvent.TagMoved>();
        (moved.Version, moved.Previous).ShouldBe((2, 1));
        Tagged.Apply(moved).Tags["best"].ShouldBe(2);
        FunctionTagDecider.Move(Tagged, "train", "best", new MoveFunctionTag(1, 7), "bob", T0).Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("tag.moved", "best", 2, 2)]
    [InlineData("tag.moved", "best", 2, 0)]
    [InlineData("tag.moved", "new", 2, 1)]
    [InlineData("tag.reserved", "latest", 1, null)]
    [InlineData("tag.reserved", "a/b", 1, null)]
    [InlineData("function-version.unknown", "best", 3, null)]
    public void Other_moves_are_refused(string code, string tag, int version, int? expected) =>
        FunctionTagDecider.Move(Tagged, "train", tag, new MoveFunctionTag(version, expected), "bob", T0).Rejected!.Code.ShouldBe(code);

    [Fact]
    public void A_tag_is_removed_from_where_it_was_seen()
    {
        FunctionTagDecider.Remove(Tagged, "train", "best", 2, "bob", T0).Rejected!.Code.ShouldBe("tag.moved");
        FunctionTagDecider.Remove(Tagged, "train", "none", null, "bob", T0).Rejected!.Code.ShouldBe("tag.unknown");
        var gone = FunctionTagDecider.Remove(Tagged, "train", "best", 1, "bob", T0).Events.ShouldHaveSingleItem().ShouldBeOfType<FunctionEvent.TagRemoved>();
        Tagged.Apply(gone).Tags.ShouldBeEmpty();
    }

    [Fact]
    public async Task Jobs_run_what_a_tag_points_to()
    {
        await mesh.Mesh.Functions.DefineAsync("tagged", new DefineFunction(FunctionKind.Process, ["echo", "one"]));
        await mesh.Mesh.Functions.DefineAsync("tagged", new DefineFunction(FunctionKind.Process, ["echo", "two"]));
        (await mesh.Mesh.Functions.MoveTagAsync("tagged", "best", new MoveFunctionTag(1, 0))).Tags["best"].ShouldBe(1);
        (await mesh.Mesh.Functions.GetAsync("tagged")).Tags!["best"].ShouldBe(1);
        (await mesh.LogAsync(await mesh.RunAsync(new SubmitJob("tagged") { FunctionTag = "best" }))).ShouldBe("one\n");
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Jobs.SubmitAsync(new SubmitJob("tagged") { FunctionTag = "none" }))).Code.ShouldBe("function-version.unknown");
        (await mesh.Mesh.Functions.RemoveTagAsync("tagged", "best", 1)).Tags.ShouldBeEmpty();
        (await mesh.Mesh.Functions.HistoryAsync("tagged").ToListAsync()).Select(entry => entry.Type).ShouldBe(["function.defined", "function.defined", "function.tag-moved", "function.tag-removed"]);
    }

    [Fact]
    public async Task Versions_are_compared_file_by_file_and_field_by_field()
    {
        var before = await mesh.BundleAsync("diff/code", ("data.bin", "1"), ("same.txt", "s"));
        var after = await mesh.BundleAsync("diff/code", ("data.bin", "22"), ("same.txt", "s"), ("new.txt", "n"));
        await mesh.Mesh.Functions.DefineAsync("diff", new DefineFunction(
            FunctionKind.Process, ["python3", "a.py"], Files: [new("a.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), new("b.py", "x")], Params: new() { ["lr"] = "0.1", ["old"] = "1" })
        { Bundle = before });
        await mesh.Mesh.Functions.DefineAsync("diff", new DefineFunction(
            FunctionKind.Process, ["python3", "a.py", "-v"], Files: [new("a.py", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n"), new("b.py", "x")], Params: new() { ["lr"] = "0.2" })
        { Bundle = after });
        var diff = await mesh.Mesh.Functions.DiffAsync("diff", "1", "2");
        diff.Files.Select(file => (file.Path, file.Change, file.FromSize, file.ToSize)).ShouldBe(
            [("a.py", DiffChange.Changed, 18L, 21L), ("data.bin", DiffChange.Changed, 1L, 2L), ("new.txt", DiffChange.Added, null, 1L)]);
        diff.Files[0].Lines.ShouldBe(["@@", " 6", " 7", " 8", "-9", "+nine"]);
        diff.Fields.ShouldBe(
        [
            new FieldDiff("command", DiffChange.Changed, "python3 a.py", "python3 a.py -v"), new FieldDiff("params.lr", DiffChange.Changed, "0.1", "0.2"),
            new FieldDiff("params.old", DiffChange.Removed, "1", null),
        ]);
        (await mesh.Mesh.Functions.DiffAsync("diff", "2")).Files.ShouldBeEmpty();
        (await Should.ThrowAsync<MeshException>(() => mesh.Mesh.Functions.DiffAsync("diff", "9"))).Code.ShouldBe("function-version.unknown");
    }
}
