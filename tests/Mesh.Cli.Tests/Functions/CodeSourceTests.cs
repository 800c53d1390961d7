using Mesh.Cli.Functions.Sources;

namespace Mesh.Cli.Tests.Functions;

public sealed class CodeSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-source-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("train.py", "python3 train.py", "train")]
    [InlineData("Do It (2).sh", "sh Do It (2).sh", "do-it--2")]
    [InlineData("app.cs", "dotnet run app.cs", "app")]
    public void A_file_runs_by_its_ending(string file, string command, string name)
    {
        var source = CodeSource.Read(Lay(file, "x"), null);
        (string.Join(' ', source.Command), source.Name).ShouldBe((command, name));
        source.Parts.ShouldHaveSingleItem().Path.ShouldBe(file);
    }

    [Fact]
    public void A_script_takes_the_requirements_beside_it_along()
    {
        Lay("requirements.txt", "numpy\n");
        CodeSource.Read(Lay("train.py", "x"), null).Parts.Select(part => part.Path).ShouldBe(["train.py", "requirements.txt"]);
    }

    [Fact]
    public void A_folder_leaves_out_what_is_no_code()
    {
        foreach (var file in (string[])["main.py", "lib/a.py", "lib/a.pyc", "lib/__pycache__/a.txt", ".git/config", "data/big.csv", "data/keep.csv", "env/pyvenv.cfg", "env/bin/python", "out/x.tmp", "deep/out/y"]) Lay(file, "x");
        Lay(".meshignore", "# what is large\ndata/*\n!data/keep.csv\n/out\n");
        var source = CodeSource.Read(_folder, null);
        source.Parts.Select(part => part.Path).ShouldBe([".meshignore", "main.py", "data/keep.csv", "deep/out/y", "lib/a.py"], ignoreOrder: true);
        source.Command.ShouldBe(["python3", "main.py"]);
    }

    [Fact]
    public void Where_a_folder_begins_must_be_known()
    {
        Lay("one.py", "x");
        CodeSource.Read(_folder, null).Command.ShouldBe(["python3", "one.py"]);
        Lay("two.py", "x");
        Should.Throw<UsageException>(() => CodeSource.Read(_folder, null)).Message.ShouldContain("--command");
        CodeSource.Read(_folder, ["python3", "two.py", "-v"]).Command.ShouldBe(["python3", "two.py", "-v"]);
    }

    [Fact]
    public void A_link_is_refused()
    {
        Lay("main.py", "x");
        File.CreateSymbolicLink(Path.Combine(_folder, "passwd"), "/etc/passwd");
        Should.Throw<UsageException>(() => CodeSource.Read(_folder, null)).Message.ShouldContain("passwd is a link");
    }

    [Fact]
    public void Small_texts_lie_within_the_function_and_other_code_in_a_bundle()
    {
        Lay("main.py", "print('é')");
        CodeSource.Read(_folder, null).Inline()!.ShouldHaveSingleItem().Content.ShouldBe("print('é')");
        File.WriteAllBytes(Path.Combine(_folder, "data.bin"), [0xff, 0xfe, 0x00]);
        CodeSource.Read(_folder, null).Inline().ShouldBeNull();
        File.Delete(Path.Combine(_folder, "data.bin"));
        Lay("large.txt", new string('x', 1 << 20));
        CodeSource.Read(_folder, null).Inline().ShouldBeNull();
    }

    [Fact]
    public void Cells_that_are_marked_are_the_script_of_a_notebook()
    {
        var script = Notebook.ToScript("a.ipynb", Cells("""{"cell_type":"code","metadata":{},"source":"x = 1"}""", """{"cell_type":"code","metadata":{"tags":["export"]},"source":["y = 2\n","print(y)"]}""",
            """{"cell_type":"code","metadata":{},"source":"# mesh: export\nz = 3"}"""));
        script.ShouldBe("# Made from a.ipynb\n\n# cell 2\ny = 2\nprint(y)\n\n# cell 3\n# mesh: export\nz = 3\n");
    }

    [Fact]
    public void Without_marks_all_code_is_taken_but_no_magics()
    {
        var script = Notebook.ToScript("a.ipynb", Cells("""{"cell_type":"markdown","metadata":{},"source":"text"}""", """{"cell_type":"code","metadata":{},"source":"%pip install x\nif True:\n    !ls\nprint(1 % 2)\nframe?"}""",
            """{"cell_type":"code","metadata":{},"source":"%%bash\necho hi"}"""));
        script.ShouldBe("# Made from a.ipynb\n\n# cell 1\npass  # %pip install x\nif True:\n    pass  # !ls\nprint(1 % 2)\npass  # frame?\n");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"cells":[]}""")]
    [InlineData("""{"metadata":{"kernelspec":{"language":"R"}},"cells":[]}""")]
    public void What_holds_no_Python_is_refused(string text) => Should.Throw<UsageException>(() => Notebook.ToScript("a.ipynb", text));

    [Theory]
    [InlineData("python3 train.py --lr 0.1", "python3|train.py|--lr|0.1")]
    [InlineData("sh -c 'echo  a' \"b \\\" c\" ''", "sh|-c|echo  a|b \" c|")]
    public void A_command_is_words(string text, string words) => string.Join('|', CommandText.Split(text)).ShouldBe(words);

    [Theory]
    [InlineData("  ")]
    [InlineData("sh 'open")]
    public void A_command_must_name_a_program(string text) => Should.Throw<UsageException>(() => CommandText.Split(text));

    private static string Cells(params string[] cells) => $$"""{"metadata":{},"cells":[{{string.Join(',', cells)}}]}""";

    private string Lay(string path, string text)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
