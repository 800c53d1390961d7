using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Contracts;
using Mesh.Hosting.Identity;
using Mesh.Serving.Protocol;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;
using Mesh.Serving.Tests.Runtimes;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Mesh.Serving.Tests.Rate;

/// <summary>The rate of one-row requests against a bare Kestrel endpoint with the same model and codec. Explicit: it wants a quiet machine and a Release build.</summary>
public sealed class InferRateTests(ServedProject served, CancerModel cancer) : IClassFixture<ServedProject>, IClassFixture<CancerModel>
{
    [Theory(Explicit = true)]
    [InlineData("mlnet")]
    [InlineData("onnx")]
    public async Task The_service_keeps_more_than_half_of_a_bare_endpoints_rate(string framework)
    {
        var isTrees = framework == "mlnet";
        var file = isTrees ? await File.ReadAllBytesAsync(cancer.Path) : OnnxFile.Linear(1, 2, 3);
        var signature = isTrees ? cancer.Signature : ServedProject.LinearSignature;
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, file);
        using var runtime = ModelRuntimes.Load(framework, path, signature);
        await using var bare = await BareAsync(runtime);
        await served.MoveAliasAsync(framework, await served.RegisterAsync(framework, file, framework, signature));
        await served.DeployAsync(framework, framework);
        float[] values = isTrees ? cancer.Rows[0] : [1, 2];
        var body = $$"""{"inputs":[{"name":"input-0","shape":[1,{{values.Length}}],"datatype":"FP32","data":[{{string.Join(',', values.Select(v => v.ToString(CultureInfo.InvariantCulture)))}}]}]}""";
        var token = served.Host.Service<IdentityTokens>().Issue(new Caller("ada", CallerKind.User, Role.Editor, "demo"));
        var ratios = new List<double>();
        for (var round = 0; round < 4; round++)
        {
            var plain = await RateAsync(new Uri(bare.Urls.First()).Port, "/infer", body, token);
            var full = await RateAsync(served.Host.Address.Port, $"/api/v1/projects/demo/v2/models/{framework}/infer", body, token);
            TestContext.Current.SendDiagnosticMessage("{0}: bare {1:0}/s, service {2:0}/s, {3:0.00}", framework, plain, full, full / plain);
            if (round > 0) ratios.Add(full / plain);
        }

        var info = await served.EndpointAsync(framework);
        TestContext.Current.SendDiagnosticMessage("captured {0}, dropped {1}", info.Captured, info.Dropped);
        ratios.Order().ElementAt(1).ShouldBeGreaterThan(0.5);
    }

    private static async Task<WebApplication> BareAsync(IModelRuntime runtime)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{ServiceHost.FreePort()}");
        var pool = new TensorBatchPool(runtime.Layout);
        app.MapPost("/infer", async context =>
        {
            var read = await context.Request.BodyReader.ReadAtLeastAsync((int)context.Request.ContentLength!);
            var batch = pool.Rent();
            InferRequestReader.Read(read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : read.Buffer.ToArray(), batch, 1, out var head);
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            runtime.Infer(batch);
            var answer = ResponseBuffer.Rent();
            InferResponseWriter.Write(answer.Json, "m", 1, batch, head);
            pool.Return(batch);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Written.Length;
            await context.Response.BodyWriter.WriteAsync(answer.Written);
            ResponseBuffer.Return(answer);
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<double> RateAsync(int port, string path, string body, string token)
    {
        const int Connections = 8;
        var request = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nMesh-Identity: {token}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var (count, until) = (0L, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            var buffer = new byte[16 << 10];
            while (until.ElapsedMilliseconds < 4000)
            {
                await socket.SendAsync(request);
                // Answers are short and come in one piece.
                var length = await socket.ReceiveAsync(buffer);
                if (!buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(buffer, 0, length));
                while (buffer[length - 1] != (byte)'}') length += await socket.ReceiveAsync(buffer.AsMemory(length));
                Interlocked.Increment(ref count);
            }
        })));
        return count / until.Elapsed.TotalSeconds;
    }
}
