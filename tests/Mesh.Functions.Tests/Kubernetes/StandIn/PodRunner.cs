using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>
/// The job controller and the only node of the stand-in: pods of jobs are made, their containers run one after the other as processes of this machine, the
/// folder that they share is a folder here, and how they end becomes the status of the pod and of its job.
/// </summary>
internal sealed class PodRunner(ObjectStore store) : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mesh-node-").FullName;
    private readonly ConcurrentDictionary<string, Pod> _pods = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Programs of Mesh's image, by the path that they have there.</summary>
    public Dictionary<string, string> Programs { get; } = [];

    /// <summary>Why an image cannot be pulled, if it cannot.</summary>
    public Func<string, string?> RefuseImage { get; set; } = _ => null;

    /// <summary>Why no node takes a pod; null when the node does.</summary>
    public string? Unschedulable { get; set; }

    /// <summary>How many containers of this name have begun, in all pods.</summary>
    public ConcurrentDictionary<string, int> Begun { get; } = new();

    /// <summary>What a container is told, its variables, as it begins.</summary>
    public ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> Variables { get; } = new();

    public void Begin()
    {
        store.Ending += (pod, grace) => _running.Add(Task.Run(() => EndAsync(pod["metadata"]!["name"]!.GetValue<string>(), TimeSpan.FromSeconds(grace ?? 1))));
        _running.Add(Task.Run(ControlAsync));
    }

    /// <summary>Runs a pod that another controller than that of jobs has made.</summary>
    public void Run(string pod) => _running.Add(Task.Run(() => RunAsync(pod, "")));

    public ContainerLog? LogOf(string pod, string container) => _pods.GetValueOrDefault(pod)?.Logs.GetValueOrDefault(container);

    /// <summary>The node takes a pod's memory away, runs out of disk, or is lost: its processes are gone, and the pod says so.</summary>
    public async Task FailAsync(string pod, string reason, string message)
    {
        _pods[pod].IsTaken = true;
        // The node says so before it ends the containers.
        store.Update("pods", pod, p =>
        {
            p["status"]!["phase"] = "Failed";
            p["status"]!["reason"] = reason;
            p["status"]!["message"] = message;
        });
        await _pods[pod].KillAsync(TimeSpan.Zero);
    }

    /// <summary>Ends the program of a pod as the kernel does when it takes too much memory.</summary>
    public async Task KillForMemoryAsync(string pod)
    {
        _pods[pod].IsOverMemory = true;
        await _pods[pod].KillAsync(TimeSpan.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        foreach (var pod in _pods.Values) await pod.KillAsync(TimeSpan.Zero);
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(20)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var pod in _pods.Values) pod.Dispose();
        _closing.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private async Task ControlAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var changed = store.Changed;
            foreach (var job in store.List("jobs").Where(j => j["metadata"]!["deletionTimestamp"] is null && j["spec"]!["suspend"]?.GetValue<bool>() != true && j["status"]?["startTime"] is null))
            {
                var name = job["metadata"]!["name"]!.GetValue<string>();
                store.Update("jobs", name, j => (j["status"] ??= new JsonObject())["startTime"] = ObjectStore.Now());
                var pod = $"{name}-{Guid.NewGuid().ToString("N")[..5]}";
                store.Create("pods", PodOf(job, pod));
                _running.Add(Task.Run(() => RunAsync(pod, name)));
            }

            await changed.WaitAsync(_closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static JsonObject PodOf(JsonObject job, string name)
    {
        var template = job["spec"]!["template"]!.DeepClone();
        var labels = template["metadata"]!["labels"]?.DeepClone() ?? new JsonObject();
        labels["job-name"] = job["metadata"]!["name"]!.GetValue<string>();
        var owner = new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["name"] = job["metadata"]!["name"]!.GetValue<string>(),
            ["uid"] = job["metadata"]!["uid"]!.GetValue<string>(),
            ["controller"] = true,
        };
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = job["metadata"]!["namespace"]?.DeepClone(), ["labels"] = labels, ["ownerReferences"] = new JsonArray(owner) },
            ["spec"] = template["spec"]!.DeepClone(),
            ["status"] = new JsonObject { ["phase"] = "Pending", ["conditions"] = new JsonArray() },
        };
    }

    private async Task RunAsync(string name, string job)
    {
        var pod = _pods[name] = new Pod(Path.Combine(_root, name));
        try
        {
            while (Unschedulable is { } why)
            {
                Condition(name, "PodScheduled", "False", "Unschedulable", why);
                await Task.Delay(50, pod.Stop);
            }

            Condition(name, "PodScheduled", "True", null, null);
            var spec = store.Find("pods", name)!["spec"]!;
            var initial = spec["initContainers"]?.AsArray() ?? [];
            foreach (var container in initial.Concat(spec["containers"]!.AsArray()))
            {
                var isInitial = initial.Contains(container);
                var code = await RunAsync(name, pod, container!.AsObject(), isInitial);
                if (code == 0) continue;
                if (!pod.IsTaken) Phase(name, "Failed");
                return;
            }

            Phase(name, "Succeeded");
        }
        catch (OperationCanceledException)
        {
            // Deleted before it began.
        }
        finally
        {
            pod.IsOver = true;
            if (pod.IsDeleted) store.Remove("pods", name);
            else FinishJob(job, store.Find("pods", name)?["status"]?["phase"]?.GetValue<string>());
        }
    }

    private async Task<int> RunAsync(string name, Pod pod, JsonObject container, bool isInitial)
    {
        var title = container["name"]!.GetValue<string>();
        var image = container["image"]!.GetValue<string>();
        for (var tries = 0; RefuseImage(image) is { } refused; tries++)
        {
            State(name, title, image, isInitial, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = tries == 0 ? "ErrImagePull" : "ImagePullBackOff", ["message"] = refused } });
            await Task.Delay(100, pod.Stop);
        }

        Dictionary<string, string>? variables;
        while ((variables = VariablesOf(container, store.Find("pods", name)?["metadata"]?["labels"])) is null)
        {
            State(name, title, image, isInitial, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "CreateContainerConfigError", ["message"] = "secret not found" } });
            await Task.Delay(100, pod.Stop);
        }

        while (!MountSecrets(name, pod, container))
        {
            State(name, title, image, isInitial, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating", ["message"] = "secret not found" } });
            await Task.Delay(100, pod.Stop);
        }

        Variables[title] = variables;
        Begun.AddOrUpdate(title, 1, (_, n) => n + 1);
        var log = pod.Logs[title] = new ContainerLog();
        var command = container["command"]!.AsArray().Concat(container["args"]?.AsArray() ?? []).Select(a => Here(pod, a!.GetValue<string>())).ToList();
        var work = Here(pod, container["workingDir"]?.GetValue<string>() ?? "/mesh");
        Directory.CreateDirectory(work);
        // In a session of its own, which ends as a whole, as a container does.
        var info = new ProcessStartInfo("setsid", command) { WorkingDirectory = work, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        info.Environment.Clear();
        foreach (var variable in (string[])["PATH", "DOTNET_ROOT"])
            if (Environment.GetEnvironmentVariable(variable) is { } value) info.Environment[variable] = value;
        foreach (var (key, value) in variables) info.Environment[key] = Here(pod, value);
        info.Environment["STAND_IN_POD"] = name;
        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            log.Complete();
            State(name, title, image, isInitial, Ended(128, "StartError", $"exec: \"{command[0]}\": {e.Message}"));
            return 128;
        }

        pod.Process = process;
        process.StandardInput.Close();
        State(name, title, image, isInitial, new JsonObject { ["running"] = new JsonObject { ["startedAt"] = ObjectStore.Now() } });
        if (!isInitial) Phase(name, "Running");
        await Task.WhenAll(ReadAsync(process.StandardOutput.BaseStream, log), ReadAsync(process.StandardError.BaseStream, log), process.WaitForExitAsync());
        pod.Process = null;
        log.Complete();
        var code = process.ExitCode;
        var falls = container["terminationMessagePolicy"]?.GetValue<string>() == "FallbackToLogsOnError" && code != 0;
        State(name, title, image, isInitial, Ended(code, pod.IsOverMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error", falls ? log.Tail() : null));
        return code;
    }

    private async Task EndAsync(string name, TimeSpan grace)
    {
        if (!_pods.TryGetValue(name, out var pod))
        {
            store.Remove("pods", name);
            return;
        }

        pod.IsDeleted = true;
        await pod.KillAsync(grace);
        if (pod.IsOver) store.Remove("pods", name);
    }

    private Dictionary<string, string>? VariablesOf(JsonObject container, JsonNode? labels)
    {
        var variables = new Dictionary<string, string>();
        foreach (var from in container["envFrom"]?.AsArray() ?? [])
        {
            if (store.Find("secrets", from!["secretRef"]!["name"]!.GetValue<string>()) is not { } secret) return null;
            foreach (var (key, value) in secret["data"]!.AsObject()) variables[key] = Text(value!);
        }

        foreach (var one in container["env"]?.AsArray() ?? [])
        {
            if (one!["valueFrom"]?["fieldRef"]?["fieldPath"]?.GetValue<string>() is { } field) variables[one["name"]!.GetValue<string>()] = labels![field.Split('\'')[1]]!.GetValue<string>();
            else if (one["valueFrom"]?["secretKeyRef"] is not { } reference) variables[one["name"]!.GetValue<string>()] = one["value"]!.GetValue<string>();
            else if (store.Find("secrets", reference["name"]!.GetValue<string>())?["data"]?[reference["key"]!.GetValue<string>()] is { } value) variables[one["name"]!.GetValue<string>()] = Text(value);
            else return null;
        }

        return variables;
    }

    /// <summary>Files of volumes that are secrets.</summary>
    private bool MountSecrets(string name, Pod pod, JsonObject container)
    {
        var volumes = store.Find("pods", name)!["spec"]!["volumes"]?.AsArray() ?? [];
        foreach (var mount in container["volumeMounts"]?.AsArray() ?? [])
        {
            var volume = volumes.First(v => v!["name"]!.GetValue<string>() == mount!["name"]!.GetValue<string>());
            if (volume!["secret"]?["secretName"]?.GetValue<string>() is not { } secret) continue;
            if (store.Find("secrets", secret) is not { } there) return false;
            var folder = Here(pod, mount!["mountPath"]!.GetValue<string>() + "/");
            Directory.CreateDirectory(folder);
            foreach (var (key, value) in there["data"]!.AsObject()) File.WriteAllText(Path.Combine(folder, key), Text(value!));
        }

        return true;
    }

    private static string Text(JsonNode base64) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64.GetValue<string>()));

    /// <summary>What is below the shared folder in a pod is below the pod's folder here.</summary>
    private string Here(Pod pod, string text)
    {
        foreach (var (path, here) in Programs) text = text.Replace(path, here, StringComparison.Ordinal);
        return text == "/mesh" ? $"{pod.Folder}/mesh" : System.Text.RegularExpressions.Regex.Replace(text, @"(?<![\w./-])/mesh/", $"{pod.Folder}/mesh/");
    }

    private static async Task ReadAsync(Stream stream, ContainerLog log)
    {
        var buffer = new byte[32 * 1024];
        while (await stream.ReadAsync(buffer) is > 0 and var count) log.Write(buffer.AsSpan(0, count));
    }

    private static JsonObject Ended(int code, string reason, string? message)
    {
        var ended = new JsonObject { ["exitCode"] = code, ["reason"] = reason, ["finishedAt"] = ObjectStore.Now() };
        if (message is not null) ended["message"] = message;
        return new JsonObject { ["terminated"] = ended };
    }

    private void State(string pod, string container, string image, bool isInitial, JsonObject state) => store.Update("pods", pod, p =>
    {
        var list = (p["status"]![isInitial ? "initContainerStatuses" : "containerStatuses"] ??= new JsonArray()).AsArray();
        if (list.FirstOrDefault(c => c!["name"]!.GetValue<string>() == container) is { } before) list.Remove(before);
        list.Add(new JsonObject { ["name"] = container, ["image"] = image, ["imageID"] = "", ["ready"] = false, ["restartCount"] = 0, ["state"] = state });
    });

    private void Condition(string pod, string type, string status, string? reason, string? message) => store.Update("pods", pod, p =>
    {
        var list = p["status"]!["conditions"]!.AsArray();
        list.Clear();
        list.Add(new JsonObject { ["type"] = type, ["status"] = status, ["reason"] = reason, ["message"] = message });
    });

    private void Phase(string pod, string phase) => store.Update("pods", pod, p => p["status"]!["phase"] = phase);

    private void FinishJob(string job, string? phase) => store.Update("jobs", job, j =>
    {
        var condition = new JsonObject { ["type"] = phase == "Succeeded" ? "Complete" : "Failed", ["status"] = "True" };
        if (phase != "Succeeded") (condition["reason"], condition["message"]) = ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        j["status"]!["conditions"] = new JsonArray(condition);
    });

    private sealed class Pod(string folder) : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public string Folder { get; } = folder;

        public ConcurrentDictionary<string, ContainerLog> Logs { get; } = new();

        public CancellationToken Stop => _stop.Token;

        public volatile Process? Process;

        public volatile bool IsDeleted;

        public volatile bool IsOver;

        public bool IsTaken { get; set; }

        public bool IsOverMemory { get; set; }

        public void Dispose() => _stop.Dispose();

        public async Task KillAsync(TimeSpan grace)
        {
            await _stop.CancelAsync();
            if (Process is not { } process) return;
            try
            {
                if (OperatingSystem.IsWindows()) return;
                if (grace > TimeSpan.Zero)
                {
                    ProcessTable.Signal(-process.Id, 15);
                    await process.WaitForExitAsync().WaitAsync(grace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                ProcessTable.Signal(-process.Id, 9);
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It has ended.
            }
        }
    }
}
