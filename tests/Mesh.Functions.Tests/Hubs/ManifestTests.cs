using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Hubs;

namespace Mesh.Functions.Tests.Hubs;

public sealed class ManifestTests
{
    private static readonly JsonSerializerOptions Indented = new(MeshJson.Strict) { WriteIndented = true };

    private const string Whole = """
        name: train
        version: 1.2.0
        description: Trains a model.
        categories: [training]
        doc: README.md
        command: [python3, train.py, "--fast"]
        params:
          - name: lr
            type: float
            default: 0.1        # taken as it is written
            min: 0
            max: 1
            description: Learning rate.
          - {name: loss, type: choice, choices: [mse, mae], required: true}
        inputs:
          - name: data
            description: Rows to learn from.
        outputs:
          - name: model
            path: out/*.onnx
            kind: model
            required: false
        requirements:
          - numpy==2.1
        environment:
          MODE: "1"
        secrets: [API_KEY]
        maxAttempts: 2
        timeoutSeconds: 60
        example:
          params: {loss: mae}
          inputs:
            data: mesh://demo/dataset/wine
        """;

    [Fact]
    public void All_that_a_manifest_may_say_is_read()
    {
        var (manifest, faults) = ManifestReader.Read(Whole, "item.yaml");
        faults.ShouldBeEmpty();
        Written(manifest!).ShouldBe(Written(new HubManifest("train", "1.2.0", "Trains a model.", ["python3", "train.py", "--fast"])
        {
            Categories = ["training"],
            Doc = "README.md",
            Params = [new ParamSpec("lr", ParamType.Float, "0.1", Min: 0, Max: 1, Description: "Learning rate."), new ParamSpec("loss", ParamType.Choice, Required: true, Choices: ["mse", "mae"])],
            Inputs = [new InputSpec("data", Description: "Rows to learn from.")],
            Outputs = [new OutputSpec("model", "out/*.onnx", ArtifactKind.Model, Required: false)],
            Requirements = ["numpy==2.1"],
            Environment = new Dictionary<string, string> { ["MODE"] = "1" },
            Secrets = ["API_KEY"],
            MaxAttempts = 2,
            TimeoutSeconds = 60,
            Example = new HubExample(new Dictionary<string, string> { ["loss"] = "mae" }, new Dictionary<string, string> { ["data"] = "mesh://demo/dataset/wine" }),
        }));
    }

    [Fact]
    public void What_is_written_as_JSON_is_read_as_it_was()
    {
        var manifest = ManifestReader.Read(Whole.Replace("Trains a model.", "\"Tráins \\\"a\\\" model\\\\ \\U0001F600.\"", StringComparison.Ordinal), "item.yaml").Manifest!;
        var json = JsonSerializer.Serialize(manifest, Indented);
        var (again, faults) = ManifestReader.Read(json, "item.json");
        faults.ShouldBeEmpty();
        Written(again!).ShouldBe(Written(manifest));
    }

    [Theory]
    [InlineData("version: 1.2.0", "version: 1.2", 2, 10, "version", "must be a semantic version")]
    [InlineData("version: 1.2.0", "version: 1.2.0+build", 2, 10, "version", "must be a semantic version")]
    [InlineData("name: train", "name: Train It", 1, 7, "name", "must be a DNS label")]
    [InlineData("name: train\n", "", 1, 1, "name", "must be given.")]
    [InlineData("    type: float", "    typ: float", 9, 5, "params[0].typ", "is no field here; there are name, type,")]
    [InlineData("    type: float", "    type: double", 9, 11, "params[0].type", "must be one of string, int, float, bool, choice.")]
    [InlineData("    min: 0", "    min: low", 11, 10, "params[0].min", "must be a number.")]
    [InlineData("default: 0.1 ", "default: 7 ", 10, 14, "params[0].default", "The param 'lr' must be from 0 to 1")]
    [InlineData("required: true}", "required: yes}", 14, 63, "params[1].required", "must be true or false.")]
    [InlineData("command: [python3, train.py, \"--fast\"]", "command: python3 train.py", 6, 10, "command", "must be a list.")]
    [InlineData("command: [python3, train.py, \"--fast\"]", "command: []", 6, 10, "command", "must hold the program and at most 99 arguments.")]
    [InlineData("secrets: [API_KEY]", "secrets: [1KEY]", 27, 11, "secrets[0]", "must be a name of letters")]
    [InlineData("path: out/*.onnx", "path: ../out", 20, 11, "outputs[0].path", "must be a path of the working folder")]
    [InlineData("doc: README.md", "doc: ../README.md", 5, 6, "doc", "must be 1 to 250 of letters")]
    [InlineData("maxAttempts: 2", "maxAttempts: 2.5", 28, 14, "maxAttempts", "must be a whole number.")]
    [InlineData("params: {loss: mae}", "params: {loss: huber}", 31, 18, "example.params.loss", "The param 'loss' must be one of mse, mae, not 'huber'.")]
    [InlineData("params: {loss: mae}", "params: {lr: 0.5}", 31, 11, "example.params.loss", "The function needs the param 'loss'.")]
    [InlineData("    data: mesh", "    date: mesh", 33, 11, "example.inputs.date", "is no input of the item.")]
    [InlineData("categories: [training]", "categories: {training: 1}", 4, 13, "categories", "must be a list.")]
    [InlineData("environment:", "environments:", 25, 1, "environments", "is no field here")]
    public void A_fault_has_its_place_and_its_field(string from, string to, int line, int column, string field, string message)
    {
        var (manifest, faults) = ManifestReader.Read(Whole.Replace(from, to, StringComparison.Ordinal), "a/item.yaml");
        manifest.ShouldBeNull();
        var fault = faults[0];
        (fault.Path, fault.Line, fault.Column, fault.Field).ShouldBe(("a/item.yaml", line, column, field));
        fault.Message.ShouldStartWith(message);
    }

    [Theory]
    [InlineData("", 1, "must be one document.")]
    [InlineData("just text", 1, "must hold fields.")]
    [InlineData("name: a\nname: b\n", 2, "is no YAML: *")]
    [InlineData("name: [a\n", 2, "is no YAML: *")]
    [InlineData("a: &x [1, 2]\nb: *x\n", 2, "must not use aliases.")]
    [InlineData("name: a\n---\nname: b\n", 1, "must be one document.")]
    public void What_is_no_manifest_at_all_is_said(string text, int line, string message)
    {
        var fault = ManifestReader.Read(text, "item.yaml").Faults.ShouldHaveSingleItem();
        fault.Line.ShouldBe(line);
        if (message.EndsWith('*')) fault.Message.ShouldStartWith(message[..^1]);
        else fault.Message.ShouldBe(message);
    }

    [Fact]
    public void What_is_nested_or_large_beyond_measure_is_refused()
    {
        ManifestReader.Read(new string('[', 100_000), "item.yaml").Faults.ShouldHaveSingleItem().Message.ShouldBe("must not be nested more than 20 levels deep.");
        ManifestReader.Read(new string('#', 262_145), "item.yaml").Faults.ShouldHaveSingleItem().Message.ShouldBe("must hold at most 256 KiB.");
    }

    private static string Written(HubManifest manifest) => JsonSerializer.Serialize(manifest, MeshJson.Strict);
}
