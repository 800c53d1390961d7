namespace Mesh.Contracts.Functions;

/// <summary>Where a hub's items come from: one of these.</summary>
/// <param name="Git">A repository; a branch is looked at again with each refresh.</param>
/// <param name="Folder">A folder of the service's machine, where the operator allows it (<c>Functions:HubRoots</c>).</param>
/// <param name="Artifact">A directory of the project: its key, or <c>key@version</c>; the newest version when absent.</param>
public sealed record HubSource(GitSource? Git = null, string? Folder = null, string? Artifact = null);

/// <summary><c>PUT /api/v1/projects/{project}/hubs/{hub}</c>: registers a hub, or says anew where its items come from.</summary>
/// <param name="Source">Where its items come from; absent for a hub that functions of the project are published to.</param>
/// <param name="Description">What it is for.</param>
public sealed record PutHub(HubSource? Source = null, string? Description = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Text(Description, "description", 1000);
        if (Source is not { } source) return;
        var given = (source.Git is null ? 0 : 1) + (source.Folder is null ? 0 : 1) + (source.Artifact is null ? 0 : 1);
        faults.Require(given == 1, "source", "must be one of git, folder and artifact.");
        source.Git?.Check(faults, "source.git");
        faults.Require(source.Folder is null || Path.IsPathFullyQualified(source.Folder), "source.folder", "must be a whole path, such as /srv/hub.");
        faults.Text(source.Folder, "source.folder", 1000);
        if (source.Artifact is { } artifact) faults.Key(artifact.Split('@')[0], "source.artifact");
    }
}

/// <summary>Something that is wrong with a source of items.</summary>
/// <param name="Path">The file or folder, from the root of the source.</param>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Column">Column of the line, from 1.</param>
/// <param name="Field">Field of the manifest, such as <c>params[0].type</c>.</param>
public sealed record HubFault(string Path, string Message, int? Line = null, int? Column = null, string? Field = null);

/// <summary>A hub of a project.</summary>
/// <param name="Revision">What the source was when it was last read: a commit, <c>key@version</c>, or a hash.</param>
/// <param name="Faults">What was wrong with it then; at most 50.</param>
public sealed record HubInfo(
    string Name, HubSource? Source, string? Description, string? Revision, IReadOnlyList<HubFault> Faults, string RegisteredBy, DateTimeOffset RegisteredAt,
    DateTimeOffset? RefreshedAt);

/// <summary>What a refresh of a hub found.</summary>
/// <param name="Found">Versions of items that are in order.</param>
/// <param name="Added">Those that the hub did not have, each as <c>item@version</c>.</param>
/// <param name="Faults">What is wrong with the others; at most 50.</param>
public sealed record HubRefresh(string Hub, string Revision, int Found, IReadOnlyList<string> Added, IReadOnlyList<HubFault> Faults);

/// <summary>What the manifest of an item says.</summary>
/// <param name="Name">Its name, a DNS label.</param>
/// <param name="Version">Semantic version, without build metadata.</param>
/// <param name="Description">What it does, in a sentence.</param>
/// <param name="Command">Program and arguments.</param>
public sealed record HubManifest(string Name, string Version, string Description, IReadOnlyList<string> Command)
{
    /// <summary>What it is for, in single words.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>Path of a Markdown file of the item.</summary>
    public string? Doc { get; init; }

    /// <summary>Params with types.</summary>
    public IReadOnlyList<ParamSpec>? Params { get; init; }

    /// <summary>What it reads.</summary>
    public IReadOnlyList<InputSpec>? Inputs { get; init; }

    /// <summary>What it makes.</summary>
    public IReadOnlyList<OutputSpec>? Outputs { get; init; }

    /// <summary>Python packages.</summary>
    public IReadOnlyList<string>? Requirements { get; init; }

    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Names of secrets that its jobs get.</summary>
    public IReadOnlyList<string>? Secrets { get; init; }

    /// <summary>Attempts before a job is failed.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>Longest run of one attempt.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>A job of it that makes sense.</summary>
    public HubExample? Example { get; init; }
}

/// <summary>An item of a project's hub, at its latest version.</summary>
/// <param name="Versions">How many versions it has.</param>
public sealed record HubItemSummary(string Hub, string Name, string Version, string Description, IReadOnlyList<string> Categories, int Versions, DateTimeOffset AddedAt);

/// <summary>A version in the list of an item.</summary>
/// <param name="Hash">SHA-256 of what its files are.</param>
public sealed record HubItemVersionSummary(string Version, string Hash, string AddedBy, DateTimeOffset AddedAt);

/// <summary>A version of an item of a project's hub.</summary>
/// <param name="Hash">SHA-256 of what its files are.</param>
/// <param name="Bundle">Where its files lie in the artifacts of the project.</param>
/// <param name="Latest">The latest version of the item.</param>
public sealed record HubItemVersion(
    string Hub, string Name, string Version, string Hash, HubManifest Manifest, CodeBundle Bundle, string Latest, string AddedBy, DateTimeOffset AddedAt);

/// <summary>The Markdown file of a version of an item.</summary>
public sealed record HubItemDoc(string Hub, string Item, string Version, string Text);

/// <summary>How two versions of an item differ.</summary>
/// <param name="Files">Files that differ, by path.</param>
/// <param name="Fields">What else the manifest says.</param>
public sealed record HubItemDiff(string Hub, string Item, string From, string To, IReadOnlyList<FileDiff> Files, IReadOnlyList<FieldDiff> Fields);

/// <summary><c>POST …/hubs/{hub}/items/{item}/import</c>: makes a function of an item, which stays at that version.</summary>
/// <param name="Version">The version; the latest when absent.</param>
/// <param name="Function">Name of the function; the item's when absent.</param>
public sealed record ImportHubItem(string? Version = null, string? Function = null) : IChecked
{
    public void Check(Faults faults)
    {
        if (Function is not null) faults.Name(Function, "function");
        faults.Text(Version, "version", 64);
    }
}

/// <summary><c>POST …/hubs/{hub}/items</c>: makes a version of an item of a function.</summary>
/// <param name="Function">The function.</param>
/// <param name="Version">Semantic version of the item.</param>
/// <param name="FunctionVersion">Number or tag of the function's version; the current one when absent.</param>
/// <param name="Item">Name of the item; the function's when absent.</param>
/// <param name="Description">What it does; what the function says when absent.</param>
/// <param name="Categories">What it is for, in single words.</param>
/// <param name="Example">A job of it that makes sense.</param>
public sealed record PublishHubItem(
    string Function, string Version, string? FunctionVersion = null, string? Item = null, string? Description = null, IReadOnlyList<string>? Categories = null,
    HubExample? Example = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Name(Function, "function");
        faults.Value(Version, "version", 64);
        faults.Text(FunctionVersion, "functionVersion", 255);
        if (Item is not null) faults.Name(Item, "item");
        faults.Text(Description, "description", 5000);
    }
}

/// <summary>Which version of an item a version of a function was made of.</summary>
public sealed record HubOrigin(string Hub, string Item, string Version, string Hash);

/// <summary>A function that was made of an item.</summary>
/// <param name="Version">Its current version.</param>
/// <param name="Latest">The latest version of the item; absent when the hub has it no more.</param>
/// <param name="IsOutdated">Whether that is later than the one that the function is made of.</param>
public sealed record HubImport(string Function, int Version, HubOrigin Origin, string? Latest, bool IsOutdated);
