using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hub.Running;

namespace Mesh.Hub.Tests.Running;

public sealed class HubCommandTests
{
    [Fact]
    public async Task The_catalogue_is_JSON_of_the_contract()
    {
        var (code, output, _) = await Run("list", "--json");
        code.ShouldBe(0);
        var items = JsonSerializer.Deserialize<HubItem[]>(output, MeshJson.Strict)!;
        items.Select(i => i.Name).ShouldBe(["describe", "feature-selection", "auto-trainer", "batch-inference", "shell", "train-sklearn"]);
        items.ShouldAllBe(i => i.Version == "1.0.0" && i.Kind == FunctionKind.Hub && i.Categories!.Count > 0 && i.Inputs!.Count > 0);
    }

    [Fact]
    public async Task An_unknown_item_is_the_callers_fault()
    {
        var (code, _, errors) = await Run("run", "make-coffee");
        code.ShouldBe(2);
        errors.ShouldBe("The hub has no item 'make-coffee'; it has describe, feature-selection, auto-trainer, batch-inference, shell, train-sklearn.\n");
    }

    [Fact]
    public void Examples_are_what_the_items_take()
    {
        foreach (var item in Catalogue.Items) new Parameters(item, item.Example!.Params!).Values.ShouldNotBeEmpty(item.Name);
    }

    [Fact]
    public async Task A_missing_param_is_the_callers_fault()
    {
        var (code, _, errors) = await Run("run", "describe");
        code.ShouldBe(2);
        errors.ShouldBe("describe needs the param 'dataset': Key of a data set in CSV, or key@version.\n");
    }

    [Fact]
    public async Task Words_that_make_no_command_show_the_usage()
    {
        var (code, _, errors) = await Run("dance");
        code.ShouldBe(2);
        errors.ShouldStartWith("usage:");
    }

    [Fact]
    public void Params_are_read_from_JSON()
    {
        Parameters.FromJson("""{"a":"x","b":3,"c":true}""").ShouldBe(new Dictionary<string, string> { ["a"] = "x", ["b"] = "3", ["c"] = "true" });
        Parameters.FromJson(null).ShouldBeEmpty();
        Should.Throw<HubFailure>(() => Parameters.FromJson("[1]"));
        Should.Throw<HubFailure>(() => Parameters.FromJson("{"));
    }

    [Fact]
    public void An_unknown_param_is_refused() =>
        Should.Throw<HubFailure>(() => new Parameters(Catalogue.Find("describe").Item, new Dictionary<string, string> { ["dataset"] = "d", ["colour"] = "red" }))
            .Message.ShouldBe("describe has no param 'colour'; it takes dataset, target.");

    private static async Task<(int Code, string Output, string Errors)> Run(params string[] args)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        return (await HubCommand.RunAsync(args, output, errors), output.ToString(), errors.ToString());
    }
}
