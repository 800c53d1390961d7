using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>The API refuses: a <c>Status</c>.</summary>
internal sealed class RefusedException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;
}

/// <summary>
/// The objects of one namespace, each with its version, and what happened to them as watches see it. Server-side apply keeps who owns which field, deletes go
/// by propagation policy and finalizers, owned objects go with their owners.
/// </summary>
internal sealed class ObjectStore
{
    private const string Foreground = "foregroundDeletion";
    private readonly Dictionary<(string Resource, string Name), JsonObject> _objects = [];
    private readonly List<(long Version, string Resource, string Type, JsonObject Object)> _history = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 100;
    private long _oldest = 100;

    /// <summary>Told of an object that somebody wants gone and that must be brought to its end first.</summary>
    public event Action<JsonObject, int?>? Ending;

    public long Version
    {
        get
        {
            lock (_gate) return _version;
        }
    }

    public Task Changed
    {
        get
        {
            lock (_gate) return _changed.Task;
        }
    }

    /// <summary>Forgets what happened so far: watches from before are told that their version is gone.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            _history.Clear();
            _oldest = ++_version;
        }
    }

    public JsonObject? Find(string resource, string name)
    {
        lock (_gate) return _objects.GetValueOrDefault((resource, name))?.DeepClone().AsObject();
    }

    public List<JsonObject> List(string resource)
    {
        lock (_gate) return [.. _objects.Where(o => o.Key.Resource == resource).OrderBy(o => o.Key.Name, StringComparer.Ordinal).Select(o => o.Value.DeepClone().AsObject())];
    }

    /// <summary>What happened after a version.</summary>
    /// <exception cref="RefusedException">That is not known any more.</exception>
    public (List<(string Type, JsonObject Object)> Changes, long Version) Since(string resource, long version)
    {
        lock (_gate)
        {
            if (version < _oldest) throw new RefusedException(410, "Expired", $"too old resource version: {version} ({_oldest})");
            return ([.. _history.Where(h => h.Version > version && h.Resource == resource).Select(h => (h.Type, h.Object.DeepClone().AsObject()))], _version);
        }
    }

    /// <summary>Server-side apply.</summary>
    public JsonObject Apply(string resource, string name, JsonObject body, string manager, bool force)
    {
        lock (_gate)
        {
            var fields = Leaves(body).ToDictionary(f => f.Path, f => f.Value, StringComparer.Ordinal);
            if (!_objects.TryGetValue((resource, name), out var current))
            {
                var made = body.DeepClone().AsObject();
                Own(made, manager, fields.Keys);
                return Put(resource, name, made, isNew: true);
            }

            var changed = current.DeepClone().AsObject();
            var owners = Owners(current);
            foreach (var (path, value) in fields)
            {
                var others = owners.Where(o => o.Key != manager && o.Value.Contains(path)).Select(o => o.Key).ToList();
                if (others.Count == 0 || JsonNode.DeepEquals(Read(current, path), value)) continue;
                if (!force) throw new RefusedException(409, "Conflict", $"Apply failed with 1 conflict: conflict with \"{others[0]}\": .{path}");
                foreach (var other in others) owners[other].Remove(path);
            }

            foreach (var path in owners.GetValueOrDefault(manager, []).Where(path => !fields.ContainsKey(path) && !owners.Any(o => o.Key != manager && o.Value.Contains(path)))) Remove(changed, path);
            foreach (var (path, value) in fields) Set(changed, path, value?.DeepClone());
            owners[manager] = [.. fields.Keys];
            foreach (var (who, what) in owners) Own(changed, who, what);
            if (resource == "jobs" && !JsonNode.DeepEquals(current["spec"]!["template"], changed["spec"]!["template"]))
                throw new RefusedException(422, "Invalid", $"Job.batch \"{name}\" is invalid: spec.template: Invalid value: field is immutable");
            return Put(resource, name, changed, isNew: false);
        }
    }

    /// <summary>Changes an object as a controller of the cluster does, with its fields.</summary>
    public JsonObject? Update(string resource, string name, Action<JsonObject> change, string? manager = null)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue((resource, name), out var current)) return null;
            var changed = current.DeepClone().AsObject();
            change(changed);
            if (manager is not null)
            {
                var before = Leaves(current).ToDictionary(f => f.Path, f => f.Value?.ToJsonString());
                var paths = Leaves(changed).Where(f => before.GetValueOrDefault(f.Path) != f.Value?.ToJsonString()).Select(f => f.Path).ToHashSet();
                foreach (var (who, what) in Owners(changed)) Own(changed, who, what.Except(paths));
                Own(changed, manager, paths);
            }

            return Put(resource, name, changed, isNew: false);
        }
    }

    /// <summary>Makes an object as a controller of the cluster does.</summary>
    public JsonObject Create(string resource, JsonObject body)
    {
        lock (_gate) return Put(resource, body["metadata"]!["name"]!.GetValue<string>(), body, isNew: true);
    }

    public void Delete(string resource, string name, string propagation, int? grace, string? uid)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue((resource, name), out var current)) throw new RefusedException(404, "NotFound", $"{resource} \"{name}\" not found");
            if (uid is not null && current["metadata"]!["uid"]!.GetValue<string>() != uid) throw new RefusedException(409, "Conflict", "Precondition failed: UID in precondition does not match");
            if (propagation != "Foreground" && resource != "pods")
            {
                Remove(resource, name);
                return;
            }

            var changed = current.DeepClone().AsObject();
            changed["metadata"]!["deletionTimestamp"] ??= Now();
            if (propagation == "Foreground" && resource != "pods") changed["metadata"]!["finalizers"] = new JsonArray(Foreground);
            Put(resource, name, changed, isNew: false);
            foreach (var (key, _) in Dependents(changed)) Delete(key.Resource, key.Name, "Background", grace, null);
            if (resource == "pods") Ending?.Invoke(changed.DeepClone().AsObject(), grace);
            else Finish(resource, name);
        }
    }

    /// <summary>Removes an object that has come to its end, and owners that wait for that.</summary>
    public void Remove(string resource, string name)
    {
        lock (_gate)
        {
            if (!_objects.Remove((resource, name), out var gone)) return;
            gone["metadata"]!["resourceVersion"] = Text(++_version);
            Record(resource, "DELETED", gone);
            foreach (var (key, _) in Dependents(gone)) Delete(key.Resource, key.Name, "Background", null, null);
            foreach (var owner in gone["metadata"]!["ownerReferences"]?.AsArray() ?? [])
            {
                var place = _objects.Keys.FirstOrDefault(k => _objects[k]["metadata"]!["uid"]!.GetValue<string>() == owner!["uid"]!.GetValue<string>());
                if (place != default) Finish(place.Resource, place.Name);
            }
        }
    }

    private void Finish(string resource, string name)
    {
        if (_objects.TryGetValue((resource, name), out var one) && one["metadata"]!["deletionTimestamp"] is not null && Dependents(one).Count == 0) Remove(resource, name);
    }

    private List<KeyValuePair<(string Resource, string Name), JsonObject>> Dependents(JsonObject owner)
    {
        var uid = owner["metadata"]!["uid"]!.GetValue<string>();
        return [.. _objects.Where(o => o.Value["metadata"]!["ownerReferences"]?.AsArray().Any(r => r!["uid"]!.GetValue<string>() == uid) == true)];
    }

    private JsonObject Put(string resource, string name, JsonObject body, bool isNew)
    {
        var metadata = body["metadata"]!.AsObject();
        if (isNew)
        {
            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = Now();
        }

        metadata["resourceVersion"] = Text(++_version);
        _objects[(resource, name)] = body;
        Record(resource, isNew ? "ADDED" : "MODIFIED", body);
        return body.DeepClone().AsObject();
    }

    private void Record(string resource, string type, JsonObject body)
    {
        _history.Add((_version, resource, type, body.DeepClone().AsObject()));
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The fields of an applied object; a list is one field.</summary>
    private static IEnumerable<(string Path, JsonNode? Value)> Leaves(JsonObject body, string prefix = "")
    {
        foreach (var (name, value) in body)
        {
            var path = prefix.Length == 0 ? name : $"{prefix}|{name}";
            if (path is "apiVersion" or "kind" or "status" or "metadata|name" or "metadata|namespace" or "metadata|uid" or "metadata|creationTimestamp" or "metadata|resourceVersion" or "metadata|managedFields") continue;
            if (value is JsonObject { Count: > 0 } inner) foreach (var leaf in Leaves(inner, path)) yield return leaf;
            else yield return (path, value);
        }
    }

    private static Dictionary<string, HashSet<string>> Owners(JsonObject body) => (body["metadata"]!["managedFields"]?.AsArray() ?? [])
        .ToDictionary(m => m!["manager"]!.GetValue<string>(), m => m!["fieldsV1"]!.AsObject().Select(f => f.Key).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

    private static void Own(JsonObject body, string manager, IEnumerable<string> paths)
    {
        var all = body["metadata"]!["managedFields"]?.AsArray() ?? [];
        if (all.FirstOrDefault(m => m!["manager"]!.GetValue<string>() == manager) is { } before) all.Remove(before);
        var fields = new JsonObject();
        foreach (var path in paths.Distinct(StringComparer.Ordinal)) fields[path] = new JsonObject();
        all.Add(new JsonObject { ["manager"] = manager, ["operation"] = "Apply", ["fieldsType"] = "FieldsV1", ["fieldsV1"] = fields });
        if (all.Parent is null) body["metadata"]!["managedFields"] = all;
    }

    private static JsonNode? Read(JsonObject body, string path) => path.Split('|').Aggregate((JsonNode?)body, (node, part) => (node as JsonObject)?[part]);

    private static void Set(JsonObject body, string path, JsonNode? value)
    {
        var parts = path.Split('|');
        foreach (var part in parts[..^1]) body = (body[part] ??= new JsonObject()).AsObject();
        body[parts[^1]] = value;
    }

    private static void Remove(JsonObject body, string path)
    {
        var parts = path.Split('|');
        if (parts[..^1].Aggregate((JsonNode?)body, (node, part) => (node as JsonObject)?[part]) is JsonObject holder) holder.Remove(parts[^1]);
    }

    public static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
