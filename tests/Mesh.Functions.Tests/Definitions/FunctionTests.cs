using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;

namespace Mesh.Functions.Tests.Definitions;

public sealed class FunctionTests
{
    private static readonly DateTimeOffset T0 = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private static readonly DefineFunction Definition = new(
        FunctionKind.Process, ["python3", "train.py"], Files: [new("train.py", "print(1)"), new("lib/data.py", "x = 1")],
        Params: new() { ["lr"] = "0.1", ["epochs"] = "3" }, Environment: new() { ["A"] = "1", ["B"] = "2" }, Secrets: ["TOKEN", "KEY"]);

    [Fact]
    public void The_order_of_what_has_none_does_not_change_the_hash()
    {
        var reordered = Definition with
        {
            Files = [.. Definition.Files!.Reverse()],
            Params = new() { ["epochs"] = "3", ["lr"] = "0.1" },
            Environment = new() { ["B"] = "2", ["A"] = "1" },
            Secrets = ["KEY", "TOKEN", "KEY"],
        };
        FunctionContent.Of(reordered).Id.ShouldBe(FunctionContent.Of(Definition).Id);
    }

    [Fact]
    public void Defaults_that_are_spelt_out_are_the_same_content() =>
        FunctionContent.Of(new DefineFunction(FunctionKind.Process, ["true"], MaxAttempts: 1, TimeoutSeconds: 3600)).Id
            .ShouldBe(FunctionContent.Of(new DefineFunction(FunctionKind.Process, ["true"])).Id);

    public static TheoryData<DefineFunction> Changes =>
    [
        Definition with { Command = ["python3", "train.py", "-v"] },
        Definition with { Files = [new("train.py", "print(2)")] },
        Definition with { Params = new() { ["lr"] = "0.2" } },
        Definition with { Environment = null },
        Definition with { Secrets = ["TOKEN"] },
        Definition with { MaxAttempts = 2 },
        Definition with { TimeoutSeconds = 60 },
        Definition with { Description = "Trains." },
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Any_other_content_has_another_hash(DefineFunction other) => FunctionContent.Of(other).Id.ShouldNotBe(FunctionContent.Of(Definition).Id);

    [Fact]
    public void The_same_content_is_the_same_version_and_older_content_is_that_version_again()
    {
        var function = Function.Create((FunctionEvent.Defined)Decide(null, "a"));
        FunctionDecider.Define("train", "a", FunctionKind.Process, "ada", function, T0).Events.ShouldBeEmpty();

        function = function.Apply((FunctionEvent.Defined)Decide(function, "b"));
        function.Find(null)!.Number.ShouldBe(2);
        function.Find(3).ShouldBeNull();

        var restored = Decide(function, "a").ShouldBeOfType<FunctionEvent.Restored>();
        function = function.Apply(restored);
        function.Versions.Count.ShouldBe(2);
        function.Find(null)!.Hash.ShouldBe("a");
    }

    [Theory]
    [InlineData("function.file-twice", "a.py", "a.py")]
    [InlineData("function.file-path", "a", "a/b.py")]
    [InlineData("function.file-path", "a/b/c", "a")]
    [InlineData("function.file-path", "./a", "b")]
    [InlineData("function.file-path", "a//b", "b")]
    [InlineData("function.file-path", "a/", "b")]
    public void Files_that_cannot_lie_in_one_folder_are_refused(string code, params string[] paths) =>
        FunctionContent.CheckFiles([.. paths.Select(p => new CodeFile(p, ""))])!.Code.ShouldBe(code);

    private static FunctionEvent Decide(Function? state, string hash) =>
        FunctionDecider.Define("train", hash, FunctionKind.Process, "ada", state, T0).Events.ShouldHaveSingleItem();
}
