using System.Text.Json.Nodes;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>
/// The Spark operator of the stand-in, with what <c>spark-submit</c> does: the pod of a driver, whose program really runs, without Spark, and the pods of its executors, which say
/// who they are and wait. The driver's phase becomes the application's state.
/// </summary>
internal sealed class SparkOperator(ObjectStore store, PodRunner runner) : IAsyncDisposable
{
    private const string Resource = "sparkapplications";
    private const string Local = "local://";
    private readonly CancellationTokenSource _closing = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Why nothing can be submitted, if nothing can.</summary>
    public string? Refusal { get; set; }

    public void Begin() => _running = Task.Run(ControlAsync);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    /// <summary>The pod that the driver or an executor becomes.</summary>
    public static JsonObject PodSpecOf(JsonObject spec, JsonObject role, IEnumerable<string> command)
    {
        var container = new JsonObject
        {
            ["name"] = "spark-kubernetes",
            ["image"] = spec["image"]!.DeepClone(),
            ["command"] = new JsonArray([.. command.Select(word => JsonValue.Create(word))]),
            ["envFrom"] = role["envFrom"]?.DeepClone(),
            ["env"] = role["env"]?.DeepClone(),
            ["volumeMounts"] = role["volumeMounts"]?.DeepClone(),
        };
        return new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["initContainers"] = role["initContainers"]?.DeepClone() ?? new JsonArray(),
            ["containers"] = new JsonArray(container),
            ["volumes"] = spec["volumes"]?.DeepClone() ?? new JsonArray(),
        };
    }

    private async Task ControlAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var changed = store.Changed;
            foreach (var application in store.List(Resource).Where(a => a["metadata"]!["deletionTimestamp"] is null))
            {
                switch (application["status"]?["applicationState"]?["state"]?.GetValue<string>())
                {
                    case null:
                        Submit(application);
                        break;
                    case "SUBMITTED" or "RUNNING":
                        Follow(application);
                        break;
                }
            }

            await changed.WaitAsync(_closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Submit(JsonObject application)
    {
        var name = application["metadata"]!["name"]!.GetValue<string>();
        if (Refusal is { } refusal)
        {
            State(name, "SUBMISSION_FAILED", refusal);
            return;
        }

        State(name, "SUBMITTED");
        var spec = application["spec"]!.AsObject();
        // The image of the stand-in has no interpreter of Spark: what is the function's own is run by the shell.
        var main = spec["mainApplicationFile"]!.GetValue<string>()[Local.Length..];
        string[] command = ["sh", main, .. (spec["arguments"]?.AsArray() ?? []).Select(argument => argument!.GetValue<string>())];
        Make(application, "driver", $"{name}-driver", command, application, "SparkApplication", []);
    }

    private void Follow(JsonObject application)
    {
        var name = application["metadata"]!["name"]!.GetValue<string>();
        if (store.Find("pods", $"{name}-driver") is not { } driver) return;
        switch (driver["status"]?["phase"]?.GetValue<string>())
        {
            case "Running" when application["status"]!["applicationState"]!["state"]!.GetValue<string>() == "SUBMITTED":
                for (var number = 1; number <= (application["spec"]!["executor"]!["instances"]?.GetValue<int>() ?? 0); number++)
                    Make(application, "executor", $"{name}-exec-{number}", ["sh", "-c", $"echo executor {number} is up; exec sleep 300"], driver, "Pod", [("spark-exec-id", $"{number}")]);
                State(name, "RUNNING");
                break;
            case "Succeeded":
                EndExecutors(name);
                State(name, "COMPLETED");
                break;
            case "Failed":
                EndExecutors(name);
                State(name, "FAILED", "driver container failed with ExitCode: 1, Reason: Error");
                break;
        }
    }

    private void EndExecutors(string name)
    {
        foreach (var pod in store.List("pods").Where(p => p["metadata"]!["name"]!.GetValue<string>().StartsWith($"{name}-exec-", StringComparison.Ordinal)))
            store.Delete("pods", pod["metadata"]!["name"]!.GetValue<string>(), "Background", 0, null);
    }

    private void Make(JsonObject application, string role, string name, IEnumerable<string> command, JsonObject owner, string kind, (string Name, string Value)[] more)
    {
        var asked = application["spec"]![role]!.AsObject();
        var labels = asked["labels"]!.DeepClone();
        labels["spark-role"] = role;
        foreach (var (label, value) in more) labels[label] = value;
        store.Create("pods", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = application["metadata"]!["namespace"]?.DeepClone(),
                ["labels"] = labels,
                ["annotations"] = asked["annotations"]?.DeepClone(),
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = kind == "Pod" ? "v1" : "sparkoperator.k8s.io/v1beta2",
                    ["kind"] = kind,
                    ["name"] = owner["metadata"]!["name"]!.GetValue<string>(),
                    ["uid"] = owner["metadata"]!["uid"]!.GetValue<string>(),
                    ["controller"] = true,
                }),
            },
            ["spec"] = PodSpecOf(application["spec"]!.AsObject(), asked, command),
            ["status"] = new JsonObject { ["phase"] = "Pending", ["conditions"] = new JsonArray() },
        });
        runner.Run(name);
    }

    private void State(string name, string state, string? message = null) => store.Update(Resource, name, application =>
    {
        var told = new JsonObject { ["state"] = state };
        if (message is not null) told["errorMessage"] = message;
        (application["status"] ??= new JsonObject())["applicationState"] = told;
    });
}
