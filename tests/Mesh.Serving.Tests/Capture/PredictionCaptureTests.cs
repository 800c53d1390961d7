using Mesh.Contracts.Artifacts;
using Mesh.Serving.Capture;
using Mesh.Serving.Loading;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Tests.Capture;

public sealed class PredictionCaptureTests
{
    private static readonly ModelSignature Signature = new([new Column("x", ColumnType.Fp32)], [new Column("score", ColumnType.Fp32)]);

    [Fact]
    public void A_full_buffer_drops_and_counts_and_never_waits()
    {
        var capture = new PredictionCapture(new ServingOptions { CaptureBufferMegabytes = 1 });
        var slot = new EndpointSlot(new EndpointKey("demo", "x"));
        var model = Model();
        var taken = 0;
        for (var i = 0; i < 100; i++)
            if (capture.Offer(Captured(slot, model, rows: 10_000))) taken++;
        taken.ShouldBeInRange(5, 30);
        slot.Dropped.ShouldBe((100 - taken) * 10_000);
        capture.PendingRows.ShouldBe(taken * 10_000);

        capture.Reader.TryRead(out var captured).ShouldBeTrue();
        capture.Release(captured);
        capture.Settle(captured.Batch.Rows);
        capture.Offer(Captured(slot, model, rows: 10_000)).ShouldBeTrue();
    }

    [Fact]
    public void A_closed_buffer_drops()
    {
        var capture = new PredictionCapture(new ServingOptions());
        var slot = new EndpointSlot(new EndpointKey("demo", "x"));
        capture.Close();
        capture.Offer(Captured(slot, Model(), rows: 3)).ShouldBeFalse();
        (slot.Dropped, capture.PendingRows).ShouldBe((3, 0));
    }

    [Fact]
    public async Task A_retired_model_is_disposed_by_its_last_user_and_not_before()
    {
        var runtime = new Recorder();
        var model = Model(runtime);
        var slot = new EndpointSlot(new EndpointKey("demo", "x"));
        slot.Swap(model);
        slot.Use().ShouldBe(model);
        slot.Use().ShouldBe(model);
        slot.Swap(null);
        slot.Use().ShouldBeNull();
        model.TryUse().ShouldBeTrue();
        for (var i = 0; i < 3; i++)
        {
            runtime.Disposals.ShouldBe(0);
            model.Release();
        }

        runtime.Disposals.ShouldBe(1);
        model.TryUse().ShouldBeFalse();

        // Swapped and used from many sides at once: never used after its disposal, disposed once.
        var runtimes = Enumerable.Range(0, 200).Select(_ => new Recorder()).ToArray();
        slot.Swap(Model(runtimes[0]));
        var users = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (slot.Use() is { } used)
            {
                ((Recorder)used.Runtime).Disposals.ShouldBe(0);
                used.Release();
            }
        })).ToArray();
        foreach (var next in runtimes.Skip(1)) slot.Swap(Model(next));
        slot.Swap(null);
        await Task.WhenAll(users);
        runtimes.ShouldAllBe(r => r.Disposals == 1);
    }

    private static CapturedBatch Captured(EndpointSlot slot, LoadedModel model, int rows)
    {
        var batch = new TensorBatch(model.Runtime.Layout) { Rows = rows };
        batch.Inputs[0].Resize(rows, []);
        batch.Outputs[0].Resize(rows, []);
        return new CapturedBatch(slot, model, batch, DateTimeOffset.UnixEpoch, 1, null, rows * 2);
    }

    private static LoadedModel Model(IModelRuntime? runtime = null) => new(
        new ModelVersion("m", 1, "onnx", "a", 1, "d", 1, Signature, null, null, new Dictionary<string, double>(), new Dictionary<string, string>(), null, [], "ada", DateTimeOffset.UnixEpoch),
        runtime ?? new Recorder());

    private sealed class Recorder : IModelRuntime
    {
        private int _disposals;

        public int Disposals => Volatile.Read(ref _disposals);

        public ModelLayout Layout { get; } = new(Signature);

        public string Platform => "none";

        public int RowMultiple => 1;

        public void Infer(TensorBatch batch)
        {
        }

        public void Dispose() => Interlocked.Increment(ref _disposals);
    }
}
