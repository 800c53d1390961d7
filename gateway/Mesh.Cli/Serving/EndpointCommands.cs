using System.CommandLine;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Serving;

namespace Mesh.Cli.Serving;

/// <summary><c>mesh endpoints …</c></summary>
internal static class EndpointCommands
{
    private static readonly Argument<string> Endpoint = Options.Name("name", "Name of the endpoint.");
    private static readonly Argument<string> Model = Options.Name("model", "MODEL or MODEL@ALIAS; the alias is champion when absent.");
    private static readonly Option<bool> NoCapture = new("--no-capture") { Description = "Send no predictions to monitoring." };
    private static readonly Argument<string> Request = Options.Name("request", "An Open Inference Protocol request in JSON; a file, or - for standard input.");

    public static Command Create() => Verb.Noun(
        "endpoints", "Endpoints: models that answer.",
        Verb.Of("list", "List endpoints.", [], context => context.Output.TableAsync(
            context.Project.Endpoints.ListAsync(context.Ct), "There is no endpoint. Deploy one: mesh endpoints deploy NAME MODEL", ["name", "model", "status", "#version", "#captured", "#dropped", "cause"],
            e => [e.Name, $"{e.Model}@{e.Alias}", e.Status, e.ServingVersion, e.Captured, e.Dropped, e.Cause], ct: context.Ct)),
        Verb.Of("deploy", "Deploy a model; the endpoint follows its alias from then on.", [Endpoint, Model, NoCapture], async context =>
        {
            var parts = context.Get(Model).Split('@', 2);
            await context.Project.Endpoints.DeployAsync(context.Get(Endpoint), new DeployEndpoint(parts[0], parts.Length > 1 ? parts[1] : "champion", !context.Get(NoCapture)), context.Ct);
            var endpoint = await context.Output.WorkingAsync("Loading the model", _ => context.Project.Endpoints.WaitAsync(context.Get(Endpoint), ct: context.Ct));
            Show(context, endpoint);
            return endpoint.Status == EndpointStatus.Ready ? ExitCode.Success : ExitCode.EndedBadly;
        }),
        Verb.Of("show", "Show an endpoint.", [Endpoint], async context => Show(context, await context.Project.Endpoints.GetAsync(context.Get(Endpoint), context.Ct))),
        Verb.Of("infer", "Send an inference request and print the answer.", [Endpoint, Request], async context =>
        {
            var text = context.Get(Request) == "-" ? await Console.In.ReadToEndAsync(context.Ct) : await File.ReadAllTextAsync(context.Get(Request), context.Ct);
            InferRequest request;
            try
            {
                request = JsonSerializer.Deserialize<InferRequest>(text, MeshJson.Strict) ?? throw new UsageException("The request is null.");
            }
            catch (JsonException e)
            {
                throw new UsageException($"The request is not an inference request: {e.Message}");
            }

            context.Output.Raw(JsonSerializer.Serialize(await context.Project.Endpoints.InferAsync(context.Get(Endpoint), request, ct: context.Ct), MeshJson.Tolerant));
        }),
        SendCommand.Create(),
        TrafficCommand.Create(Endpoint),
        Verb.Of("delete", "Delete an endpoint.", [Endpoint], async context =>
        {
            await context.Project.Endpoints.DeleteAsync(context.Get(Endpoint), context.Ct);
            context.Output.Done(new { project = context.ProjectName, name = context.Get(Endpoint), deleted = true }, $"The endpoint {context.Get(Endpoint)} is deleted.");
        }));

    private static void Show(Context context, EndpointInfo endpoint) => context.Output.Object(
        endpoint, ("name", endpoint.Name), ("model", $"{endpoint.Model}@{endpoint.Alias}"), ("status", endpoint.Status), ("serves version", endpoint.ServingVersion),
        ("cause", endpoint.Cause), ("infer", $"{context.Mesh.Options.Api.ToString().TrimEnd('/')}/api/v1/projects/{context.ProjectName}/v2/models/{endpoint.Name}/infer"),
        ("captured", endpoint.Captured), ("dropped", endpoint.Dropped), ("changed", endpoint.UpdatedAt));
}
