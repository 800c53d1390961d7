using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;

namespace Mesh.Functions.Tests.Code;

public sealed class ParamTests
{
    private static readonly ParamSpec[] Specs =
    [
        new("lr", ParamType.Float, "0.1", Min: 0, Max: 1), new("epochs", ParamType.Int, Required: true, Min: 1), new("shuffle", ParamType.Bool),
        new("loss", ParamType.Choice, "mse", Choices: ["mse", "mae"]), new("note"),
    ];

    [Fact]
    public void Defaults_fill_what_is_left_out()
    {
        var (values, rejected) = ParamRules.Fill(Specs, new Dictionary<string, string> { ["epochs"] = "3", ["loss"] = "mae" });
        rejected.ShouldBeNull();
        values.ShouldBe(new Dictionary<string, string> { ["lr"] = "0.1", ["epochs"] = "3", ["loss"] = "mae" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("job.param-value", "lr", "much")]
    [InlineData("job.param-value", "lr", "1.5")]
    [InlineData("job.param-value", "lr", "NaN")]
    [InlineData("job.param-value", "epochs", "0")]
    [InlineData("job.param-value", "epochs", "2.5")]
    [InlineData("job.param-value", "shuffle", "yes")]
    [InlineData("job.param-value", "loss", "MSE")]
    [InlineData("job.param-unknown", "momentum", "0.9")]
    public void What_does_not_fit_is_refused_with_its_field(string code, string name, string value)
    {
        var rejected = ParamRules.Fill(Specs, new Dictionary<string, string> { ["epochs"] = "3", [name] = value }).Rejected!;
        (rejected.Code, rejected.Field).ShouldBe((code, $"params.{name}"));
    }

    [Fact]
    public void What_is_needed_must_be_given()
    {
        var rejected = ParamRules.Fill(Specs, new Dictionary<string, string>()).Rejected!;
        (rejected.Code, rejected.Field).ShouldBe(("job.param-missing", "params.epochs"));
    }

    [Theory]
    [InlineData("paramSpecs[0].default", "2", null)]
    [InlineData("params.lr", "0.1", "high")]
    public void A_default_must_fit(string field, string standard, string? merged) => ParamRules.RefuseDefaults(
        [new("lr", ParamType.Float, standard, Max: 1)], merged is null ? null : new Dictionary<string, string> { ["lr"] = merged })!.Field.ShouldBe(field);

    public static TheoryData<string, DefineFunction> Malformed => new()
    {
        { "paramSpecs[0].choices", With([new("a", ParamType.Choice)]) },
        { "paramSpecs[0].choices", With([new("a", ParamType.Int, Choices: ["1"])]) },
        { "paramSpecs[0].min", With([new("a", Min: 1)]) },
        { "paramSpecs[0].max", With([new("a", ParamType.Int, Min: 2, Max: 1)]) },
        { "paramSpecs[1].name", With([new("a"), new("A")]) },
        { "inputs[0].uri", With() with { Inputs = [new("d", "file:///etc")] } },
        { "inputs[0]", With() with { Inputs = [new("a b")] } },
        { "outputs[0].path", With() with { Outputs = [new("m", "../m")] } },
        { "outputs[0].path", With() with { Outputs = [new("m", "/m")] } },
        { "requirements[0]", With() with { Requirements = ["a\nb"] } },
        { "git", With() with { Git = new("https://h/a.git"), Bundle = new("k", 1) } },
        { "git.url", With() with { Git = new("--upload-pack=x") } },
        { "git.ref", With() with { Git = new("https://h/a.git", "--all") } },
        { "git.folder", With() with { Git = new("https://h/a.git", Folder: "../x") } },
        { "bundle.version", With() with { Bundle = new("k", 0) } },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_out_of_form_is_named_by_its_field(string field, DefineFunction definition)
    {
        var faults = new Faults();
        definition.Check(faults);
        faults.Items.ShouldHaveSingleItem().Field.ShouldBe(field);
    }

    [Fact]
    public void A_function_of_before_keeps_its_hash() => FunctionContent.Of(new DefineFunction(
            FunctionKind.Process, ["python3", "train.py"], Files: [new("train.py", "print(1)")], Params: new() { ["lr"] = "0.1" })).Id
        .ShouldBe("c12778e493bbc898d020e5a7212d552c9d17e82412637b699134437ed2602dbe");

    private static DefineFunction With(IReadOnlyList<ParamSpec>? specs = null) => new(FunctionKind.Process, ["true"]) { ParamSpecs = specs };
}
