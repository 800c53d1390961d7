using System.IO.Compression;
using System.Net.Http.Json;
using Mesh.Artifacts;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Identity;
using Mesh.Projects;
using Mesh.Testing;
using Mesh.Tracking;

namespace Mesh.Functions.Tests.Code;

/// <summary>The functions service beside the real artifacts, tracking and projects services, with a folder for what tests lay out.</summary>
public class CodeHost : IAsyncLifetime
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-code-");
    private readonly List<HttpClient> _clients = [];
    private ServiceHost _host = null!;

    /// <summary>User that jobs run as.</summary>
    public string? JobUser { get; init; }

    /// <summary>The interpreter of environments.</summary>
    public string? Python { get; init; }

    /// <summary>More settings.</summary>
    public IReadOnlyList<(string Key, string? Value)> Settings { get; set; } = [];

    /// <summary>The services.</summary>
    public ServiceHost Host => _host;

    public string Project { get; } = $"p{Guid.CreateVersion7():N}";

    /// <summary>The worker's data folder.</summary>
    public string DataPath => _host.Options.DataPath;

    /// <summary>Where packages for pip lie.</summary>
    public string Wheels => Path.Combine(_folder.FullName, "wheels");

    /// <summary>Where git repositories may lie.</summary>
    public string Repositories => Path.Combine(_folder.FullName, "git");

    /// <summary>Where hubs may lie.</summary>
    public string HubFolders => Path.Combine(_folder.FullName, "hubs");

    public ProjectClient Mesh { get; private set; } = null!;

    public string NewFolder() => _folder.CreateSubdirectory($"{Guid.CreateVersion7():N}").FullName;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Wheels);
        Directory.CreateDirectory(Repositories);
        Directory.CreateDirectory(HubFolders);
        var settings = new Dictionary<string, string?>
        {
            ["Functions:Concurrency"] = "4",
            ["Functions:GraceSeconds"] = "1",
            ["Functions:BackOffSeconds"] = "0.2",
            ["Functions:SampleSeconds"] = "0",
            ["Functions:GitRoots:0"] = Repositories,
            ["Functions:HubRoots:0"] = HubFolders,
            ["Functions:PipArguments:0"] = "--no-index",
            ["Functions:PipArguments:1"] = $"--find-links={Wheels}",
            ["Functions:KeptEnvironments"] = "2",
            ["Functions:JobUser"] = JobUser,
            ["Functions:Python"] = Python,
        };
        foreach (var (key, value) in Settings) settings[key] = value;
        // Jobs of another user must be able to pass, and to read what is to be installed.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.FullName, Passable);
            File.SetUnixFileMode(Wheels, Passable | UnixFileMode.OtherRead);
        }

        _host = await ServiceHost.StartAsync(
            await PostgresFixture.ServerConnectionStringAsync(), [new ProjectsService(), new TrackingService(), new ArtifactsService(), new FunctionsService()],
            folder: _folder.CreateSubdirectory("service").FullName, settings: settings);
        (await _host.ClientForAdmin().PostAsJsonAsync("/api/v1/projects", new CreateProject(Project), MeshJson.Strict)).EnsureSuccessStatusCode();
        Mesh = As(Role.Editor);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in _clients) client.Dispose();
        var database = _host.Options.Database!;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(await PostgresFixture.ServerConnectionStringAsync(), database);
        _folder.Delete(recursive: true);
    }

    /// <summary>Defines a function and runs it to its end.</summary>
    public async Task<JobInfo> RunAsync(DefineFunction definition, Dictionary<string, string>? inputs = null, Dictionary<string, string>? values = null, string? function = null)
    {
        function ??= $"f{Guid.CreateVersion7():N}";
        await Mesh.Functions.DefineAsync(function, definition);
        return await RunAsync(new SubmitJob(function, Params: values) { Inputs = inputs });
    }

    /// <summary>Runs a job to its end.</summary>
    public async Task<JobInfo> RunAsync(SubmitJob job)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var submitted = await Mesh.Jobs.SubmitAsync(job, limit.Token);
        return await Mesh.Jobs.WaitAsync(submitted.Id, ct: limit.Token);
    }

    /// <summary>What a job printed.</summary>
    public async Task<string> LogAsync(JobInfo job)
    {
        var text = "";
        await foreach (var chunk in Mesh.Runs.FollowLogAsync(job.Id)) text += chunk.Text;
        return text;
    }

    /// <summary>Puts texts as the next version of a directory.</summary>
    public async Task<CodeBundle> BundleAsync(string key, params (string Path, string Text)[] files)
    {
        var folder = NewFolder();
        foreach (var (path, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            await File.WriteAllTextAsync(Path.Combine(folder, path), text);
        }

        var upload = await Mesh.Artifacts.UploadFilesAsync(key, [.. files.Select(file => (file.Path, Path.Combine(folder, file.Path)))]);
        return new CodeBundle(key, upload.Version.Version);
    }

    /// <summary>Logs a text as the next version of an artifact.</summary>
    public Task<ArtifactVersion> PutAsync(string key, string text, ArtifactKind kind = ArtifactKind.Dataset) =>
        Mesh.Artifacts.UploadAsync(key, System.Text.Encoding.UTF8.GetBytes(text), new UploadSpec { Kind = kind, FileName = Path.GetFileName(key) });

    /// <summary>A package as pip takes it, made by hand.</summary>
    public void Wheel(string name, string version, string code)
    {
        using var zip = ZipFile.Open(Path.Combine(Wheels, $"{name}-{version}-py3-none-any.whl"), ZipArchiveMode.Create);
        void Add(string path, string text)
        {
            using var writer = new StreamWriter(zip.CreateEntry(path).Open());
            writer.Write(text);
        }

        var about = $"{name}-{version}.dist-info";
        Add($"{name}.py", code);
        Add($"{about}/METADATA", $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        Add($"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        Add($"{about}/RECORD", $"{name}.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n");
    }

    /// <summary>Skips a test where a program is missing that this machine could not be given.</summary>
    public static void SkipUnless(string program, params string[] arguments)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            Assert.SkipUnless(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} does not run here.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not here.");
        }
    }

    /// <summary>The project, or another one, as somebody of this role sees it.</summary>
    public ProjectClient As(Role role, string? project = null)
    {
        project ??= Project;
        var http = new HttpClient(new Signing(_host.Service<IdentityTokens>(), project, role)) { Timeout = Timeout.InfiniteTimeSpan };
        _clients.Add(http);
        return new MeshClient(new MeshClientOptions { Api = _host.Address, Project = project, SpoolFolder = null }, http).Project();
    }

    private sealed class Signing(IdentityTokens tokens, string project, Role role) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Remove(IdentityTokens.Header);
            request.Headers.Add(IdentityTokens.Header, tokens.Issue(new Caller("ada", CallerKind.User, role, project)));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
