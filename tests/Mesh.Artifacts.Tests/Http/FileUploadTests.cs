using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mesh.Artifacts.Uploads;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Http;

/// <summary>Uploads of files in parts, and downloads without a token, as clients of the MLflow protocol do them.</summary>
public sealed class FileUploadTests(ArtifactsHost host)
{
    private const int PartSize = 300_000;
    private readonly TestProject _project = host.NewProject();

    private MultipartClient Client => new(_project.Ada, _project.Name);

    [Fact]
    public async Task Parts_sent_at_once_make_the_file()
    {
        var bytes = RandomNumberGenerator.GetBytes(7 * PartSize + 5);
        var upload = await Client.BegunAsync(8);
        (await _project.Get<ProjectStorageInfo>("/storage")).OpenUploadBytes.ShouldBe(0);
        var sent = await Task.WhenAll(Enumerable.Range(1, 8).Reverse().Select(number => upload.SentAsync(number, Part(bytes, number))));
        (await _project.Get<ProjectStorageInfo>("/storage")).OpenUploadBytes.ShouldBe(bytes.Length);
        await RefusedAsync(await _project.Ada.GetAsync($"{upload.Root}/artifacts/1/r/artifacts/weights.bin"), 404, "RESOURCE_DOES_NOT_EXIST");

        (await TextOf(await upload.CompleteAsync(sent))).ShouldBe("{}");
        (await _project.Viewer.GetByteArrayAsync($"{upload.Root}/artifacts/1/r/artifacts/weights.bin")).ShouldBe(bytes);
        Directory.Exists(PartsOf(upload)).ShouldBeFalse();
        var storage = await _project.Get<ProjectStorageInfo>("/storage");
        (storage.UsedBytes, storage.OpenUploadBytes).ShouldBe((bytes.Length, 0));

        // A client that did not hear the answer asks again; who asks for something else hears of it.
        (await TextOf(await upload.CompleteAsync(sent))).ShouldBe("{}");
        await RefusedAsync(await MultipartClient.PutAsync(upload.Addresses[0], Part(bytes, 1)), 409, "RESOURCE_CONFLICT");
        await RefusedAsync(await upload.AbortAsync(), 409, "RESOURCE_CONFLICT");
        // It is not among the uploads of blobs, whose digest is known.
        (await _project.Get<Page<BlobUpload>>("/blobs/uploads")).Items.ShouldBeEmpty();
        (await _project.Get($"/blobs/uploads/{upload.UploadId}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("a b/é", "/tmp/naïve file.bin", "a b/é/naïve file.bin"), InlineData("x", @"C:\data\w.bin", "x/w.bin"), InlineData("", "plain", "plain")]
    public async Task The_name_is_the_last_of_the_local_path(string folder, string local, string path)
    {
        var upload = await new MultipartClient(_project.Ada, _project.Name, folder, local).BegunAsync(1);
        (await TextOf(await upload.CompleteAsync(await upload.SentAsync(1, [1, 2, 3])))).ShouldBe("{}");
        (await _project.Ada.GetByteArrayAsync($"{upload.Root}/artifacts/{path}")).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_restart()
    {
        var bytes = RandomNumberGenerator.GetBytes(3 * PartSize);
        var postgres = await PostgresFixture.ServerConnectionStringAsync();
        var folder = Directory.CreateTempSubdirectory("mesh-restart-").FullName;
        var first = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], folder: folder);
        var database = first.Options.Database;
        MultipartClient upload;
        var sent = new List<JsonObject>();
        await using (first)
        {
            upload = await new MultipartClient(first.ClientFor("ada", Role.Editor, "p"), "p").BegunAsync(3);
            sent.Add(await upload.SentAsync(2, Part(bytes, 2)));
        }

        await using (var second = await ServiceHost.StartAsync(postgres, [new ArtifactsService()], database, folder))
        {
            var ada = second.ClientFor("ada", Role.Editor, "p");
            // The address of the process is another one; what is signed is not.
            foreach (var number in (int[])[1, 3])
                sent.Add(upload.Sent(number, await MultipartClient.ETagOf(await MultipartClient.PutAsync(new Uri(second.Address, new Uri(upload.Addresses[number - 1]).PathAndQuery).ToString(), Part(bytes, number)))));
            (await TextOf(await upload.As(ada, "p").CompleteAsync(sent))).ShouldBe("{}");
            (await ada.GetByteArrayAsync("/mlflow/p/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/weights.bin")).ShouldBe(bytes);
        }

        await ServiceHost.DropAsync(postgres, database!);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_address_is_good_for_its_own_part_alone()
    {
        var (mine, other) = (await Client.BegunAsync(2), await Client.BegunAsync(2));
        var address = mine.Addresses[0];
        var strange = host.NewProject();
        foreach (var forged in (string[])
        [
            address.Replace("/1?", "/2?", StringComparison.Ordinal),
            address.Replace(mine.UploadId, other.UploadId, StringComparison.Ordinal),
            address.Replace(_project.Name, strange.Name, StringComparison.Ordinal),
            address.Replace("until=", "until=9", StringComparison.Ordinal),
            address[..^1] + (address[^1] == 'A' ? 'E' : 'A'),
            address[..^1],
            address[..address.IndexOf('?', StringComparison.Ordinal)],
            address + "&until=99999999999",
            address.Replace("/mlflow-artifacts/", "/MLFLOW-artifacts/", StringComparison.Ordinal),
        ]) await RefusedAsync(await MultipartClient.PutAsync(forged, [1]), 403, "PERMISSION_DENIED");
        // For another method there is nothing that answers without an identity.
        ((int)(await MultipartClient.GetAsync(address)).StatusCode).ShouldBe(401);
        Directory.Exists(PartsOf(mine)).ShouldBeFalse();
        Directory.Exists(PartsOf(other)).ShouldBeFalse();
        await MultipartClient.ETagOf(await MultipartClient.PutAsync(address, [1]));
    }

    [Fact]
    public void An_address_has_an_end()
    {
        var clock = new SetClock();
        var signed = new Hosting.Identity.SignedAddresses(new byte[32], clock);
        var query = signed.Sign("PUT", "/a/b", TimeSpan.FromMinutes(1));
        var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;
        (request.Method, request.Path, request.QueryString) = ("PUT", "/a/b", new(query));
        signed.IsGenuine(request).ShouldBeTrue();
        new Hosting.Identity.SignedAddresses([.. Enumerable.Repeat((byte)1, 32)], clock).IsGenuine(request).ShouldBeFalse();
        clock.Now += TimeSpan.FromMinutes(1);
        signed.IsGenuine(request).ShouldBeFalse();
    }

    [Fact]
    public async Task Another_project_and_a_viewer_do_nothing_to_an_upload()
    {
        var upload = await Client.BegunAsync(1);
        var sent = await upload.SentAsync(1, [1, 2]);
        var strange = host.NewProject();
        var there = upload.As(strange.Ada, strange.Name);
        await RefusedAsync(await there.CompleteAsync(sent), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await there.AbortAsync(), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await upload.As(_project.Ada, _project.Name, "elsewhere").CompleteAsync(sent), 404, "RESOURCE_DOES_NOT_EXIST");
        var seen = upload.As(_project.Viewer, _project.Name);
        foreach (var answer in (HttpResponseMessage[])[await seen.BeginAsync(1), await seen.CompleteAsync(sent), await seen.AbortAsync()]) await RefusedAsync(answer, 403, "PERMISSION_DENIED");
        (await TextOf(await upload.CompleteAsync(sent))).ShouldBe("{}");
    }

    [Fact]
    public async Task What_is_not_what_came_is_refused_and_can_be_mended()
    {
        var upload = await Client.BegunAsync(2);
        var (one, wrong) = (await upload.SentAsync(1, [1]), await upload.SentAsync(2, [9]));
        (await RefusedAsync(await upload.CompleteAsync(one), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("Part 2 of 2");
        (await RefusedAsync(await upload.CompleteAsync(one, one, wrong), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("twice");
        (await RefusedAsync(await upload.CompleteAsync(one, upload.Sent(2, "\"0\"")), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("etag");
        (await RefusedAsync(await upload.CompleteAsync(), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("Part 1 of 2");
        var strange = one.DeepClone().AsObject();
        strange["part_number"] = 3;
        (await RefusedAsync(await upload.CompleteAsync(one, wrong, strange), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("no part 3");
        // A part that is sent again replaces the one before, whose etag is good no more.
        var two = await upload.SentAsync(2, [2]);
        (await RefusedAsync(await upload.CompleteAsync(one, wrong), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("etag");
        Directory.GetFiles(PartsOf(upload)).Length.ShouldBe(2);
        (await TextOf(await upload.CompleteAsync(two, one))).ShouldBe("{}");
        (await _project.Ada.GetByteArrayAsync($"{upload.Root}/artifacts/1/r/artifacts/weights.bin")).ShouldBe([1, 2]);

        var missing = await Client.BegunAsync(2);
        (await RefusedAsync(await missing.CompleteAsync(await missing.SentAsync(1, [1]), missing.Sent(2, "\"x\"")), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("not been received");
    }

    [Fact]
    public async Task Beginnings_out_of_form_are_refused()
    {
        async Task<string> Refused(JsonObject body, MultipartClient? client = null) => await RefusedAsync(await (client ?? Client).PostAsync("create", body), 400, "INVALID_PARAMETER_VALUE");

        (await Refused(new() { ["num_parts"] = 1 })).ShouldContain("'path'");
        (await Refused(new() { ["path"] = "/tmp/", ["num_parts"] = 1 })).ShouldContain("'path'");
        (await Refused(new() { ["path"] = "/tmp/..", ["num_parts"] = 1 })).ShouldContain("Invalid path");
        foreach (var count in (int[])[0, -1, 10_001]) (await Refused(new() { ["path"] = "a", ["num_parts"] = count })).ShouldContain("num_parts");
        await Refused(new() { ["path"] = "a" }, new MultipartClient(_project.Ada, _project.Name, "..%2Fx"));
        await _project.Ada.PutAsync($"{Client.Root}/artifacts/1/r/artifacts/weights.bin/in", new ByteArrayContent([1]));
        (await RefusedAsync(await Client.BeginAsync(1), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("folder");
        await RefusedAsync(await Client.PostAsync("complete", new() { ["path"] = "a", ["upload_id"] = "mine" }), 400, "INVALID_PARAMETER_VALUE");
        await RefusedAsync(await Client.PostAsync("complete", new() { ["path"] = "a", ["upload_id"] = Guid.NewGuid().ToString() }), 404, "RESOURCE_DOES_NOT_EXIST");
        // The most parts there are, named again at the end.
        var large = await new MultipartClient(_project.Ada, _project.Name, "large").BegunAsync(10_000);
        (await RefusedAsync(await large.CompleteAsync(Enumerable.Range(1, 10_000).Select(number => large.Sent(number, new string('0', 66)))), 400, "INVALID_PARAMETER_VALUE")).ShouldContain("not been received");
    }

    [Fact]
    public async Task Quota_and_size_hold_for_parts_too()
    {
        (await host.Host.ClientForAdmin().PutAsJsonAsync($"{_project.Root}/storage", new SetProjectStorage(1000), MeshJson.Strict)).EnsureSuccessStatusCode();
        var upload = await Client.BegunAsync(2);
        var first = await upload.SentAsync(1, new byte[700]);
        await RefusedAsync(await MultipartClient.PutAsync(upload.Addresses[1], new byte[301]), 413, "INVALID_PARAMETER_VALUE");
        // A part in the place of another takes no more room than before.
        first = await upload.SentAsync(1, new byte[1000]);
        await RefusedAsync(await Client.BeginAsync(1), 413, "INVALID_PARAMETER_VALUE");
        first = await upload.SentAsync(1, new byte[600]);
        (await TextOf(await upload.CompleteAsync(first, await upload.SentAsync(2, new byte[400])))).ShouldBe("{}");
        await RefusedAsync(await new MultipartClient(_project.Ada, _project.Name, "x").BeginAsync(1), 413, "INVALID_PARAMETER_VALUE");

        var other = host.NewProject();
        var large = await new MultipartClient(other.Ada, other.Name).BegunAsync(2);
        using var body = new StreamContent(new Zeros(ArtifactsHost.MaxBlobBytes + 1));
        using var bare = new HttpClient();
        await RefusedAsync(await bare.PutAsync(large.Addresses[0], body), 413, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Aborted_and_expired_uploads_go_with_their_parts()
    {
        var (given, expired, open) = (await Client.BegunAsync(1), await Client.BegunAsync(1), await Client.BegunAsync(1));
        var sent = new Dictionary<MultipartClient, JsonObject>();
        foreach (var upload in (MultipartClient[])[given, expired, open]) sent[upload] = await upload.SentAsync(1, [1]);
        (await TextOf(await given.AbortAsync())).ShouldBe("{}");
        Directory.Exists(PartsOf(given)).ShouldBeFalse();
        await RefusedAsync(await given.AbortAsync(), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await given.CompleteAsync(sent[given]), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await MultipartClient.PutAsync(given.Addresses[0], [1]), 404, "RESOURCE_DOES_NOT_EXIST");

        await host.ExecuteAsync($"update upload set expires_at = now() where id = '{expired.UploadId}'");
        await RefusedAsync(await expired.CompleteAsync(sent[expired]), 404, "RESOURCE_DOES_NOT_EXIST");
        await host.Host.Service<PartedUploads>().SweepAsync(default);
        (Directory.Exists(PartsOf(expired)), Directory.Exists(PartsOf(open))).ShouldBe((false, true));
        (await TextOf(await open.CompleteAsync(sent[open]))).ShouldBe("{}");
    }

    [Fact]
    public async Task Completes_at_once_make_one_file_and_tell_the_others_to_come_again()
    {
        var bytes = RandomNumberGenerator.GetBytes(8 * PartSize);
        var upload = await Client.BegunAsync(8);
        var sent = await Task.WhenAll(Enumerable.Range(1, 8).Select(number => upload.SentAsync(number, Part(bytes, number))));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => upload.CompleteAsync(sent)));
        answers.ShouldContain(answer => answer.IsSuccessStatusCode);
        foreach (var answer in answers.Where(answer => !answer.IsSuccessStatusCode)) await RefusedAsync(answer, 503, "TEMPORARILY_UNAVAILABLE");
        (await _project.Ada.GetByteArrayAsync($"{upload.Root}/artifacts/1/r/artifacts/weights.bin")).ShouldBe(bytes);
    }

    [Theory]
    [InlineData("model/weights.bin"), InlineData("a b/100% naïve+😀.csv")]
    public async Task A_file_is_read_in_ranges_without_a_token(string path)
    {
        var bytes = RandomNumberGenerator.GetBytes(10_000);
        var place = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        (await _project.Ada.PutAsync($"{Client.Root}/artifacts/{place}", new ByteArrayContent(bytes))).EnsureSuccessStatusCode();
        var signed = JsonNode.Parse(await TextOf(await _project.Viewer.GetAsync($"{Client.Root}/presigned/{place}")))!;
        ((long)signed["file_size"]!, signed["headers"]!.AsObject().Count).ShouldBe((10_000, 0));
        var address = (string)signed["url"]!;
        var range = await MultipartClient.GetAsync(address, 1000, 1999);
        (range.StatusCode, await range.Content.ReadAsByteArrayAsync()).ShouldSatisfyAllConditions(
            got => got.StatusCode.ShouldBe(HttpStatusCode.PartialContent), got => got.Item2.ShouldBe(bytes[1000..2000]));
        range.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        // The same bytes to its end, whatever comes in their place.
        (await _project.Ada.PutAsync($"{Client.Root}/artifacts/{place}", new ByteArrayContent([1]))).EnsureSuccessStatusCode();
        (await (await MultipartClient.GetAsync(address)).Content.ReadAsByteArrayAsync()).ShouldBe(bytes);

        await RefusedAsync(await MultipartClient.GetAsync(address.Replace(TestProject.DigestOf(bytes), TestProject.DigestOf([1]), StringComparison.Ordinal)), 403, "PERMISSION_DENIED");
        ((int)(await MultipartClient.PutAsync(address, [1])).StatusCode).ShouldBe(401);
        await RefusedAsync(await _project.Ada.GetAsync($"{Client.Root}/presigned/none"), 404, "RESOURCE_DOES_NOT_EXIST");
        await RefusedAsync(await host.NewProject().Ada.GetAsync($"{Client.Root}/presigned/{place}"), 404, "RESOURCE_DOES_NOT_EXIST");
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static byte[] Part(byte[] bytes, int number) => bytes[((number - 1) * PartSize)..Math.Min(number * PartSize, bytes.Length)];

    private string PartsOf(MultipartClient upload) => Path.Combine(host.Blobs, "parts", Guid.Parse(upload.UploadId).ToString("N"));

    private static async Task<string> TextOf(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }

    private static async Task<string> RefusedAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        var error = JsonNode.Parse(text)!;
        ((string)error["error_code"]!).ShouldBe(code, text);
        return (string)error["message"]!;
    }
}
