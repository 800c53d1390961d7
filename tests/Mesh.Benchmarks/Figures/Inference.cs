using System.Globalization;
using System.Text.Json;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Client.Serving;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Serving;
using Mesh.Testing;

namespace Mesh.Benchmarks.Figures;

/// <summary>Inference of one row, against the least that could answer it, in the same shape: alone, or behind a proxy.</summary>
internal static class Inference
{
    private const string Name = "breast-cancer";
    private const int Connections = 8;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(8);

    /// <summary>Trains and deploys the model that is asked, and writes it where the bare endpoint finds it.</summary>
    public static async Task DeployAsync(MeshClient client, string project, string folder)
    {
        var inside = client.Project(project);
        await inside.Artifacts.UploadFileAsync("data.csv", RepositoryPath.Of("tests/data/breast_cancer.csv"), new UploadSpec { Kind = ArtifactKind.Dataset });
        var job = await inside.Jobs.SubmitAsync(new SubmitJob(Item: "auto-trainer", Params: new()
        {
            ["dataset"] = "data.csv",
            ["target"] = "diagnosis",
            ["model"] = Name,
            ["algorithms"] = "fast-tree",
            ["folds"] = "2",
            ["alias"] = "champion",
        }));
        job = await inside.Jobs.WaitAsync(job.Id);
        if (job.Status != JobStatus.Succeeded) throw new InvalidOperationException($"The model was not trained: {job.Cause}");
        await inside.Endpoints.DeployAsync(Name, new DeployEndpoint(Name));
        var endpoint = await inside.Endpoints.WaitAsync(Name);
        if (endpoint.Status != EndpointStatus.Ready) throw new InvalidOperationException($"The model was not loaded: {endpoint.Cause}");
        var version = await inside.Models.GetVersionAsync(Name, "champion");
        await inside.Models.DownloadFileAsync(version, ModelIn(folder));
        await File.WriteAllTextAsync(SignatureIn(folder), JsonSerializer.Serialize(version.Signature, MeshJson.Strict));
    }

    /// <summary>The laptop against a bare Kestrel endpoint.</summary>
    public static async Task<Figure> OneProcessAsync(BenchmarkMesh mesh, string project, string folder)
    {
        var port = FreePorts.One();
        await using var bare = await BareAsync(port, folder);
        return await CompareAsync("infer of one row, one process", mesh, project, new Uri($"http://127.0.0.1:{port}/infer"), 0.5);
    }

    /// <summary>Separate processes through the gateway against that endpoint behind a bare YARP.</summary>
    public static async Task<Figure> SeparateAsync(BenchmarkMesh mesh, string project, string folder)
    {
        var (port, proxy) = (FreePorts.One(), FreePorts.One());
        await using var bare = await BareAsync(port, folder);
        await using var front = await Child.StartAsync(
            new Uri($"http://127.0.0.1:{proxy}/health/ready"), Child.Program("Mesh.Benchmarks"), "--bare-proxy", Text(proxy), $"http://127.0.0.1:{port}");
        return await CompareAsync("infer of one row, separate, through the gateway", mesh, project, new Uri($"http://127.0.0.1:{proxy}/infer"), 0.8);
    }

    private static async Task<Figure> CompareAsync(string name, BenchmarkMesh mesh, string project, Uri baseline, double atLeast)
    {
        var body = await RequestAsync();
        var plain = new Dictionary<string, string> { ["Content-Type"] = "application/json" };
        var ours = new Dictionary<string, string>(plain) { ["Authorization"] = $"Bearer {mesh.Token}" };
        var address = new Uri(mesh.Address, $"/api/v1/projects/{project}/v2/models/{Name}/infer");
        await WarmAsync(baseline, plain, body);
        await WarmAsync(address, ours, body);
        // Turns about, so that what else the machine does falls on both.
        double bare = 0, mine = 0;
        for (var round = 0; round < 2; round++)
        {
            bare += await RawHttpLoad.RateAsync(baseline, "POST", plain, body, Connections, Span / 2) / 2;
            mine += await RawHttpLoad.RateAsync(address, "POST", ours, body, Connections, Span / 2) / 2;
        }

        return Figure.Rate(name, mine, bare, atLeast);
    }

    // Until what is hot is compiled with full optimization, which takes the longer the more of it there is: while rates still grow, the compiler is at work beside the load.
    private static async Task WarmAsync(Uri address, Dictionary<string, string> headers, byte[] body)
    {
        var best = 0.0;
        for (var (round, flat) = (0, 0); round < 24 && (round < 6 || flat < 3); round++)
        {
            var rate = await RawHttpLoad.RateAsync(address, "POST", headers, body, Connections, TimeSpan.FromSeconds(5));
            flat = rate > best * 1.02 ? 0 : flat + 1;
            best = Math.Max(best, rate);
        }
    }

    private static Task<Child> BareAsync(int port, string folder) => Child.StartAsync(
        new Uri($"http://127.0.0.1:{port}/health/ready"), Child.Program("Mesh.Benchmarks"), "--bare-endpoint", Text(port), ModelIn(folder), SignatureIn(folder));

    private static async Task<byte[]> RequestAsync()
    {
        var lines = await File.ReadAllLinesAsync(RepositoryPath.Of("tests/data/breast_cancer.csv"));
        var names = lines[0].Split(',')[..^1];
        var values = lines[1].Split(',');
        return JsonSerializer.SerializeToUtf8Bytes(
            new InferRequest([.. names.Select((name, i) => Tensors.Fp32(name, [float.Parse(values[i], CultureInfo.InvariantCulture)]))]), MeshJson.Strict);
    }

    private static string ModelIn(string folder) => Path.Combine(folder, "model.zip");

    private static string SignatureIn(string folder) => Path.Combine(folder, "signature.json");

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
