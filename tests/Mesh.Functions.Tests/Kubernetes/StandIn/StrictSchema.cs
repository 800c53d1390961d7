using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>Checks objects as <c>fieldValidation=Strict</c> does: fields and types by the models of the Kubernetes client, names and values by the API's conventions.</summary>
internal static class StrictSchema
{
    /// <summary>The types of the resources that the stand-in has.</summary>
    public static IReadOnlyDictionary<string, Type> Types { get; } = new Dictionary<string, Type>
    {
        ["jobs"] = typeof(V1Job),
        ["pods"] = typeof(V1Pod),
        ["secrets"] = typeof(V1Secret),
        ["events"] = typeof(Corev1Event),
        ["pytorchjobs"] = typeof(TrainingSchema.PyTorchJob),
        ["tfjobs"] = typeof(TrainingSchema.TFJob),
        ["xgboostjobs"] = typeof(TrainingSchema.XGBoostJob),
        ["mpijobs"] = typeof(TrainingSchema.MPIJob),
        ["trainjobs"] = typeof(TrainerSchema.TrainJob),
        ["trainingruntimes"] = typeof(TrainerSchema.TrainingRuntime),
        ["clustertrainingruntimes"] = typeof(TrainerSchema.TrainingRuntime),
        ["sparkapplications"] = typeof(SparkSchema.SparkApplication),
    };

    public static List<string> Faults(string resource, JsonObject body)
    {
        var faults = new List<string>();
        Check(body, Types[resource], "", faults);
        var metadata = body["metadata"] as JsonObject;
        if (!KubernetesNames.IsSubdomain(metadata?["name"]?.GetValue<string>())) faults.Add("metadata.name: must be a DNS subdomain");
        Labels(metadata?["labels"], "metadata.labels", faults);
        foreach (var owner in metadata?["ownerReferences"]?.AsArray() ?? [])
            foreach (var field in (string[])["apiVersion", "kind", "name", "uid"])
                if (owner![field] is null) faults.Add($"metadata.ownerReferences.{field}: Required value");
        if (resource == "jobs" && body["spec"]?["template"] is JsonObject template)
        {
            if (metadata!["name"]!.GetValue<string>().Length > 63) faults.Add("metadata.name: must be no more than 63 characters: it is a label of its pods");
            Labels(template["metadata"]?["labels"], "spec.template.metadata.labels", faults);
            Pod(template["spec"] as JsonObject ?? [], faults);
        }

        if (body["spec"] is JsonObject training && training.FirstOrDefault(f => f.Key.EndsWith("ReplicaSpecs", StringComparison.Ordinal)).Value is JsonObject replicas)
        {
            if (metadata!["name"]!.GetValue<string>().Length > 63) faults.Add("metadata.name: must be no more than 63 characters: it is a label of its pods");
            foreach (var (_, replica) in replicas)
            {
                Labels(replica!["template"]!["metadata"]?["labels"], "template.metadata.labels", faults);
                Pod(replica["template"]!["spec"]!.AsObject(), faults);
            }
        }

        foreach (var job in body["spec"]?["template"]?["spec"]?["replicatedJobs"]?.AsArray() ?? [])
        {
            Labels(job!["template"]!["spec"]!["template"]!["metadata"]?["labels"], "template.metadata.labels", faults);
            Pod(job["template"]!["spec"]!["template"]!["spec"]!.AsObject(), faults);
        }

        if (resource == "trainjobs" && metadata!["name"]!.GetValue<string>().Length > 54) faults.Add("metadata.name: is too long for the names of its pods");
        if (resource == "sparkapplications") Spark(body["spec"]!.AsObject(), faults);
        if (resource == "secrets" && body.ToJsonString().Length > 1_400_000) faults.Add("data: Too long: must have at most 1048576 bytes");
        return faults;
    }

    private static void Pod(JsonObject spec, List<string> faults)
    {
        if (spec["restartPolicy"]?.GetValue<string>() is not ("Never" or "OnFailure")) faults.Add("spec.template.spec.restartPolicy: Unsupported value");
        var volumes = (spec["volumes"]?.AsArray() ?? []).Select(v => v!["name"]?.GetValue<string>()).ToList();
        foreach (var volume in spec["volumes"]?.AsArray() ?? [])
            if (volume!.AsObject().Count != 2) faults.Add($"spec.volumes[{volume["name"]}]: must specify one volume type");
        var names = new HashSet<string>();
        if (spec["containers"] is not JsonArray { Count: > 0 }) faults.Add("spec.containers: Required value");
        foreach (var container in (spec["initContainers"]?.AsArray() ?? []).Concat(spec["containers"]?.AsArray() ?? []))
        {
            var name = container!["name"]?.GetValue<string>() ?? "";
            if (!System.Text.RegularExpressions.Regex.IsMatch(name, "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$") || !names.Add(name)) faults.Add($"containers[{name}].name: Invalid or duplicate value");
            if (string.IsNullOrEmpty(container["image"]?.GetValue<string>())) faults.Add($"containers[{name}].image: Required value");
            foreach (var mount in container["volumeMounts"]?.AsArray() ?? [])
                if (!volumes.Contains(mount!["name"]?.GetValue<string>())) faults.Add($"containers[{name}].volumeMounts: Not found: {mount["name"]}");
            var (requests, limits) = (container["resources"]?["requests"] as JsonObject, container["resources"]?["limits"] as JsonObject);
            foreach (var (resource, amount) in requests ?? [])
                if (limits?[resource] is { } limit && Amount(amount!) > Amount(limit)) faults.Add($"containers[{name}].resources.requests.{resource}: must be less than or equal to its limit");
            foreach (var resource in (requests ?? []).Select(r => r.Key).Where(r => r.Contains('/') && limits?[r] is null)) faults.Add($"containers[{name}].resources.limits: Limit must be set for {resource}");
        }
    }

    private static void Spark(JsonObject spec, List<string> faults)
    {
        foreach (var field in (string[])["type", "sparkVersion", "mainApplicationFile", "driver", "executor"])
            if (spec[field] is null) faults.Add($"spec.{field}: Required value");
        if (spec["type"]?.GetValue<string>() is not ("Java" or "Python" or "Scala" or "R")) faults.Add("spec.type: Unsupported value");
        if (spec["mode"]?.GetValue<string>() is not ("cluster" or "client")) faults.Add("spec.mode: Unsupported value");
        if (spec["restartPolicy"]?["type"]?.GetValue<string>() is not ("Never" or "Always" or "OnFailure")) faults.Add("spec.restartPolicy.type: Unsupported value");
        foreach (var role in (string[])["driver", "executor"])
        {
            var pod = spec[role]!.AsObject();
            Labels(pod["labels"], $"spec.{role}.labels", faults);
            if (pod["cores"]?.GetValue<int>() is < 1) faults.Add($"spec.{role}.cores: must be greater than or equal to 1");
            if (!System.Text.RegularExpressions.Regex.IsMatch(pod["memory"]?.GetValue<string>() ?? "", "^[0-9]+[kmgt]$")) faults.Add($"spec.{role}.memory: is not in the notation of the JVM");
            // What the pod will be: the same checks as for pods.
            Pod(SparkOperator.PodSpecOf(spec, pod, ["true"]), faults);
        }

        if (spec["executor"]!["instances"]?.GetValue<int>() is < 1) faults.Add("spec.executor.instances: must be greater than or equal to 1");
    }

    private static decimal Amount(JsonNode amount) => new ResourceQuantity(amount.GetValue<string>()).ToDecimal();

    private static void Labels(JsonNode? labels, string path, List<string> faults)
    {
        foreach (var (key, value) in labels as JsonObject ?? [])
        {
            if (!KubernetesNames.IsQualified(key)) faults.Add($"{path}: Invalid value: \"{key}\"");
            if (!KubernetesNames.IsLabelValue(value?.GetValue<string>())) faults.Add($"{path}.{key}: Invalid value: {value}");
        }
    }

    private static void Check(JsonNode? node, Type type, string path, List<string> faults)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (node is null) return;
        var kind = node.GetValueKind();
        void Expect(bool holds, string what)
        {
            if (!holds) faults.Add($"{path}: must be {what}, not {kind}");
        }

        if (type == typeof(string)) Expect(kind == JsonValueKind.String, "a string");
        else if (type == typeof(bool)) Expect(kind is JsonValueKind.True or JsonValueKind.False, "a boolean");
        else if (type == typeof(int) || type == typeof(long)) Expect(kind == JsonValueKind.Number && long.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out _), "an integer");
        else if (type == typeof(double)) Expect(kind == JsonValueKind.Number, "a number");
        else if (type == typeof(DateTime)) Expect(kind == JsonValueKind.String && DateTimeOffset.TryParse(node.GetValue<string>(), CultureInfo.InvariantCulture, out _), "a time");
        else if (type == typeof(byte[])) Expect(kind == JsonValueKind.String && Convert.TryFromBase64String(node.GetValue<string>(), new byte[node.GetValue<string>().Length], out _), "base64");
        else if (type == typeof(ResourceQuantity)) Expect(kind == JsonValueKind.String && KubernetesNames.IsQuantity(node.GetValue<string>()), "a quantity");
        else if (type == typeof(IntOrString)) Expect(kind is JsonValueKind.String or JsonValueKind.Number, "an integer or a string");
        else if (type == typeof(object)) return;
        else if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type)) CheckMany(node, type, path, faults);
        else CheckObject(node, type, path, faults);
    }

    private static void CheckMany(JsonNode node, Type type, string path, List<string> faults)
    {
        var arguments = type.GetGenericArguments();
        if (arguments.Length == 2 && node is JsonObject map)
        {
            foreach (var (key, value) in map) Check(value, arguments[1], $"{path}.{key}", faults);
        }
        else if (arguments.Length == 1 && node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++) Check(list[i], arguments[0], $"{path}[{i}]", faults);
        }
        else faults.Add($"{path}: must be {(arguments.Length == 2 ? "a map" : "a list")}");
    }

    private static void CheckObject(JsonNode node, Type type, string path, List<string> faults)
    {
        if (node is not JsonObject body)
        {
            faults.Add($"{path}: must be an object");
            return;
        }

        var fields = type.GetProperties().Select(p => (Name: p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, p.PropertyType)).Where(p => p.Name is not null).ToDictionary(p => p.Name!, p => p.PropertyType);
        foreach (var (name, value) in body)
        {
            if (fields.TryGetValue(name, out var inner)) Check(value, inner, path.Length == 0 ? name : $"{path}.{name}", faults);
            else faults.Add($"unknown field \"{(path.Length == 0 ? name : $"{path}.{name}")}\"");
        }
    }
}
