/* SPDX-License-Identifier: MIT */
#ifndef TLS_VECTORS_H
#define TLS_VECTORS_H

/*
 * Connections of openssl s_client to openssl s_server (3.0.19), recorded with -keylogfile: their
 * encrypted records, and the lines of the key log. The last one but one pads its records, K and k of
 * s_client are KeyUpdates.
 */

struct vector_record {
    unsigned side, type, version;
    const char *hex;
};

struct vector {
    const char *name;
    unsigned protocol, cipher;
    const char *client_random, *server_random;
    const char *keys;
    const char *said[2]; /* by the client, by the server */
    struct vector_record records[20];
};

static const struct vector vectors[] = {
    {
        .name = "ecdhe_ecdsa_aes128",
        .protocol = 0x0303,
        .cipher = 0xc02b,
        .client_random =
            "42bca892f20cd2d0be9014b8164ad2e658642f54457838ad6c103f4c7a2ab5f3",
        .server_random =
            "d6c41ad4f19e4b5abdb11f529eff7765471a2dc8e7ddff35444f574e47524401",
        .keys =
            "CLIENT_RANDOM 42bca892f20cd2d0be9014b8164ad2e658642f54457838ad6c103f4c7a2ab5f3 d"
            "fe15df93b6963bce057b23eac54e00f7c9e0face792b1933e56bae55f974e2a7d2c4ca91515e76d4"
            "bd5467924bf9d3d\n",
        .said = { "one from the client\ntwo\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 0, 22, 0x0303,
              "0694d9b3ee98e894d9805c0e9da524a36ee7117a431afd4894d3870d989942fe5c34cef131118d"
              "4b" },
            { 1, 22, 0x0303,
              "48e54ffec849e39760a3e81a37fe6fc0ca5905d204dacecc91b2665e5e2026a7ad45ecdbe2d60f"
              "ff" },
            { 0, 23, 0x0303,
              "0694d9b3ee98e8950e860cad195d957361d06c98c141cda7e29e4985f20b0251d311adaa7cc3c3"
              "745271c0bd" },
            { 1, 23, 0x0303,
              "48e54ffec849e39811c3867d0aea68db81f790319919771ad744af6d440950a9814405764d5775"
              "fd1610d7e8" },
            { 0, 23, 0x0303,
              "0694d9b3ee98e89612a1394999ad6e7261cc68fb9e539e5a50a2dd5e" },
            { 1, 23, 0x0303,
              "48e54ffec849e3998895b01426681a61c73332fe17e619bdd8e51febd440ffec1d4e" },
            { 0, 21, 0x0303,
              "0694d9b3ee98e8971d963d2176c8e36593fe1772dead20f4919c" },
            { 1, 21, 0x0303,
              "48e54ffec849e39afcb8a6f56b60911dad96cdfbb3ce73a70b45" },
        },
    },
    {
        .name = "ecdhe_ecdsa_chacha",
        .protocol = 0x0303,
        .cipher = 0xcca9,
        .client_random =
            "8c2f92e0e83245c75fec3de847cdc9ced18617fb227cfc250dbf9f398abbd2ce",
        .server_random =
            "530becceacee01ef04d8b8902d72820dc035728902e48cbf444f574e47524401",
        .keys =
            "CLIENT_RANDOM 8c2f92e0e83245c75fec3de847cdc9ced18617fb227cfc250dbf9f398abbd2ce 4"
            "9e07de2ff5ecf9fa2720f3120d4fe4afc31207568ef402229d37d71ed8eaea8390deac6a678f95f7"
            "41e9cf51954b3b2\n",
        .said = { "one from the client\ntwo\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 0, 22, 0x0303,
              "2df3cd9c012cb3a329df8dc465065eb37eda0bf1c8d70a899f8d7b86b5d926c2" },
            { 1, 22, 0x0303,
              "1be2a5112c9ea6ab6a6d3e65ec79a30f403d4f100e8dbbdee74496022c2673cc" },
            { 0, 23, 0x0303,
              "d56d4129c4683d4415c93d8d4a33aa31efeb62ce408b37458d7cebcc5e28b753bc558918" },
            { 1, 23, 0x0303,
              "57ddad8344146b94da8a8330e4e1c0888b43540777e84ccfceb9823a4a69e52a35868e39" },
            { 0, 23, 0x0303,
              "c32885076296897f35442d5ed639b4b2b4cc6bb6" },
            { 1, 23, 0x0303,
              "cf5446609671fcd7e5cb65e21b968d85c5edf9133cfe0e3b3a2f" },
            { 0, 21, 0x0303,
              "9c6fc742721c2d992eb596b42378cf1a2b50" },
            { 1, 21, 0x0303,
              "0fcafa07aa709b5288805e37d9a6c7c1e861" },
        },
    },
    {
        .name = "psk_aes128",
        .protocol = 0x0303,
        .cipher = 0x00a8,
        .client_random =
            "c141d83cef0f7e00e9500441b27e6b255636a0dde3addde2855d3cf5db865aa2",
        .server_random =
            "fafcd7e0a09c21e83f95f910809d4740f263427f8a4573d6444f574e47524401",
        .keys =
            "CLIENT_RANDOM c141d83cef0f7e00e9500441b27e6b255636a0dde3addde2855d3cf5db865aa2 c"
            "4906e5f4bde33df210ea7c9b9a4643735b6e155c590838bc2ddf868a2ff0b989b8cfa07fe11901a1"
            "31d5684bf43f74b\n",
        .said = { "one from the client\ntwo\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 0, 22, 0x0303,
              "0f6aa799c908f81d021c6252d46dceed89178954a36a45eefd99b15bf08b75df6d630e7b2a7323"
              "42" },
            { 1, 22, 0x0303,
              "7baf16de0529a45deeb50e07259356837a0aa1df6253004bc49c0dfbbb184f0730615387e97ec8"
              "5c" },
            { 0, 23, 0x0303,
              "0f6aa799c908f81ede57fcc2db125befad0333423bc10a3f2048b1f970f71a2aae738a134665ad"
              "9241932a98" },
            { 1, 23, 0x0303,
              "7baf16de0529a45e6f48eb3414c1b53ae5a0f0ee0cbf95143a52c37271fbc6cb7bd06d2e2fe81d"
              "31c1abd110" },
            { 0, 23, 0x0303,
              "0f6aa799c908f81f790053d0206728e617800ecbef1c170e775f0083" },
            { 1, 23, 0x0303,
              "7baf16de0529a45fb44a431f7ee1f9d4625e26a2a573fbc6d54f5cd917112ae28e42" },
            { 0, 21, 0x0303,
              "0f6aa799c908f820d42f4bd17dfaf6b0f88d0bbb52b3fc89642a" },
            { 1, 21, 0x0303,
              "7baf16de0529a46024570ac02fc69f8abdff8affad44bb92c822" },
        },
    },
    {
        .name = "dhe_psk_chacha",
        .protocol = 0x0303,
        .cipher = 0xccad,
        .client_random =
            "edbece420d5e34d3d59eb493149003a9a7c4b28243f8eab9126d34755948a584",
        .server_random =
            "00cd90d7ed7966b216ce6253dba9addeef5e7cfb0a7c5875444f574e47524401",
        .keys =
            "CLIENT_RANDOM edbece420d5e34d3d59eb493149003a9a7c4b28243f8eab9126d34755948a584 e"
            "f62aa747571e27d99c352ab849ed3f3153f0f19174a6a6c6c4c5b725c45c510c01a3029d950f3c34"
            "415f1308e2e1a1d\n",
        .said = { "one from the client\ntwo\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 0, 22, 0x0303,
              "67c746cd801f921596ebe502752004410b2a185f8e860bc66dd44366ec583778" },
            { 1, 22, 0x0303,
              "d97aa4d8c6a4878517c12dd95a569cb775b4da396e4ab52fbfd74b54a8764d58" },
            { 0, 23, 0x0303,
              "1193532e5774b1c64ef0eb95f9976bce5d2a998c6c2d819c81ee3cda4fef58d6b2d295a1" },
            { 1, 23, 0x0303,
              "d878af9e9f43026f52a86fad5c0512230097192f3cdf65601dcc62e358465b5ad1f87824" },
            { 0, 23, 0x0303,
              "3313fafd8af26da9dc50eaa8187ad358e7911e5b" },
            { 1, 23, 0x0303,
              "785fd351055dab8fc47201e9392f7eb8dd2748b06b3c76c17a0d" },
            { 0, 21, 0x0303,
              "05780db8794198cff320b82d1c0d59495496" },
            { 1, 21, 0x0303,
              "6801e2d6c89b5b5972bfdf39445f3f41b34e" },
        },
    },
    {
        .name = "rsa_aes256",
        .protocol = 0x0303,
        .cipher = 0x009d,
        .client_random =
            "71b7b1c31c60a52e01619d54f39cdc18a9148b33899a253dd5c92bcf9833dcf4",
        .server_random =
            "037d20faa697c4280fdd37f269106939352a76c96d58c838444f574e47524401",
        .keys =
            "CLIENT_RANDOM 71b7b1c31c60a52e01619d54f39cdc18a9148b33899a253dd5c92bcf9833dcf4 7"
            "0cd4c71b48c681bbf9aa458fcd4f50c54bc4c95dd415188d85c9b3b4fe1feb9b5e5c1ba4e65c4fc5"
            "0180ea420fdd117\n",
        .said = { "one from the client\ntwo\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 0, 22, 0x0303,
              "6e2410f6587a0b6c67ccdb3cbc99d02f587ea0fc6ded62e9c77db3c4675db199e10b872a99b2c2"
              "19" },
            { 1, 22, 0x0303,
              "32a4265c096f645716c139d00abb5ef06ef0121f5fac0e5d579276ea48fa6f1e534d3475d37c7d"
              "63" },
            { 0, 23, 0x0303,
              "6e2410f6587a0b6dc4420650ee87f29855ddb187d199d3bac399c049636b312052018a33664a13"
              "38ad1037c2" },
            { 1, 23, 0x0303,
              "32a4265c096f64583a52b02967eba20e5e05d05aac929e52c9c796c498121f8619ce97e39df4a3"
              "8f0920b872" },
            { 0, 23, 0x0303,
              "6e2410f6587a0b6eee9d30f1a11b45ed98144c7de217686128f68c96" },
            { 1, 23, 0x0303,
              "32a4265c096f64590a12587a9627de01f6a988f1bd49aa08f19770714664d217f289" },
            { 0, 21, 0x0303,
              "6e2410f6587a0b6f679941ef9bc5592c812e0011c2a12c9f26f4" },
            { 1, 21, 0x0303,
              "32a4265c096f645a7ba3bfb531fc5ebcfd48f6774a5929d0a364" },
        },
    },
    {
        .name = "tls13_aes128",
        .protocol = 0x0304,
        .cipher = 0x1301,
        .client_random =
            "3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfabe9aa41ffd036cc9",
        .server_random =
            "fbfe5edc29c0267c98a977d91ca55b7cc720842099d776bd2f0e6d520174ba0f",
        .keys =
            "SERVER_HANDSHAKE_TRAFFIC_SECRET 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfa"
            "be9aa41ffd036cc9 11b4eb8eb70406dc25b70de64a0585431a6ec1ecba5963b1995b94c8dc3739e"
            "a\n"
            "SERVER_TRAFFIC_SECRET_0 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfabe9aa41f"
            "fd036cc9 8db4fe1edb6617dc20d3ac0bd9f5aef9dc1419ed4303a417dd2b20843a9730ae\n"
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfa"
            "be9aa41ffd036cc9 b6443823131ef1a94a0e57385a938f70e6fea1416345481c4dd81a56428075a"
            "c\n"
            "CLIENT_TRAFFIC_SECRET_0 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfabe9aa41f"
            "fd036cc9 14380e6eb0994d39d452c4351ccea9f222730797cfb5fe2bf88896cb39c94264\n"
            "CLIENT_TRAFFIC_SECRET_N 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfabe9aa41f"
            "fd036cc9 39707021468c9c33795d27258f40fc450d5db6971f6c8ad705a91dae126670b0\n"
            "SERVER_TRAFFIC_SECRET_N 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfabe9aa41f"
            "fd036cc9 cdf6b0d87728ad81dfa1e7f1d3d2c66f7fbb499b5f4c0f34d1edb608e2d1da8b\n"
            "CLIENT_TRAFFIC_SECRET_N 3d8ae0a8a7aa0c396e5354f6a818e175b8fbb1198eec3bfabe9aa41f"
            "fd036cc9 fbff968d53331cf5254a5ee9e9079edd1cd3978c5c867f77f7ff3156e0106567\n",
        .said = { "one from the client\ntwo\nthree\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 1, 20, 0x0303,
              "01" },
            { 1, 23, 0x0303,
              "d0699706df5b0de7f2fa487652980542bcf16d2e791f11" },
            { 1, 23, 0x0303,
              "06747b52a12282982741b365fba1007b5d8d92a906f48aa9f53283fbc92301bdca03d799289d51"
              "0d92fdd8a06fe27e158f564440ebd735d86b02286cc0583469e612ffc7f687609a214dbabfa458"
              "16991c21c5a9a11cb0f7cfe700bb547149eb88b68261dbbca245efc17dd0fe7042054c8f90133f"
              "918dde6240bd88497804e921faa9e70c9a7ce5fe438cc1949c4e8d7aa720b3b275dc7d1bbb64bd"
              "dbe91ec537b72f6f7bfd5268067690863f71888cc4dc29b2dd9ea3b960c55e4ba5dd3b6b1a9b16"
              "a87d9f6199efd83edb4c888316dd522c99cafb303b335231af685e51dd828435e9618fadc21c8e"
              "13ba6f3c4744a42a9a74eac2160c55128204c2a18d012530268194ee5ae115059338d6f2f00c32"
              "5c8bfb036be3453fd04d8c7f63f3db78fd8bdfa18f824deba5b88dd9c4d5ba37a86a46a92294bb"
              "d1c0b802c94d91f132ebdb75c41b77d2033361580b9536df6e9ceed504863f39325425d7e6807d"
              "b62b2d044c6ee8667db3ec56f6b28db883639a044c1335249c2290ed216a047913a592eb4469b9"
              "acc300ad86249f6a22a1" },
            { 1, 23, 0x0303,
              "5e75219f29a278c052061fa004fcfa43839d0e3cd7dac7bcfcb661bfc64319f8da5eca067b7f26"
              "bc4c5e2fda0c6d9894e6e74b0da6594ebb2dd201e3f6e36a98703dfa3624b00b07a53f28f0f9a1"
              "463d52b30536fb9cba24394d58bcf5d6f383" },
            { 1, 23, 0x0303,
              "0f7bef6792e9f1d8265ddc5c457f819b7da8a1ae94ff3202ebc509c6880753fb451f45ffc037bb"
              "dec7bdfd4dd16b6beb57c317add2" },
            { 0, 20, 0x0303,
              "01" },
            { 0, 23, 0x0303,
              "c7def09d91f6bbb8e6a904038f3a4b3c0e13b54f1ba90260eb5a7cd3634abe22cdb6cdc09fffb0"
              "b1c3eddd0b6ea9752ac8361559c7" },
            { 1, 23, 0x0303,
              "e0d22a18c6e7402d3e5f5e0fa2dbfd6f352494b5fdf182490d86af3138c792e8165bd6e99ab251"
              "4caef2497e173ccffd90d51b80175daf1fbf4e3b7f90a800ce6320c847c182c4682c7affd7028b"
              "781204f9c088cccf6fc50d8d7cda0e2d703f167a75ec630842c520212f014dad722ff2436085e8"
              "4795dae535c5270af67dc5007b1789f38e1eca9748af8a57810ebbede2cb0f8b92cd7e48c527cc"
              "ad0b239f60db35a88015f16fe8db3e95224dec2a30dce1507cf89ed091fd30bb14df2e2809dba9"
              "60dfcb7e1bec626d72285569d34e1b70e63c12c0adc0e5e6b10b2263af87d99d4b935b007050c1" },
            { 1, 23, 0x0303,
              "0244d21679de3c5c97198fffd16a97baef8a5cd85c8c65e7a53941af65cc2ebd5d044f53486885"
              "864980d095e231f6729f73db2a40b0aed957cb9ff4c5a7c6d4cd839fa3befea5679811011c9ba8"
              "54e37f291990587189af854152dc76e20f0c7804cf2ee5226135abbc1e848b9da840bd669fbe7c"
              "b29c12c880840a74dda3370c2fe4d960b57b8619ea28e38e13cb5e074252c37f6100b03362ac17"
              "bee3013156ed49354c613e212d2a78c42cc1c49ee39dc15891363d9b880d1287653b2612aab673"
              "e1aaa31d250ba454952e34634625c53cd6cbeb06b77125d1a47d74cffff6dae49f453adb05955d" },
            { 0, 23, 0x0303,
              "a667b330ccc1048eff808ef46bd3f3cad450a7c276603223bc3f82b23d8dd8109c6cc15d6c" },
            { 1, 23, 0x0303,
              "49421d50d320d3fb30f00cd85cd59de4d5064ee4c691f40ed2dff5aebe2ee1ded137bae9a9" },
            { 0, 23, 0x0303,
              "752d9b1b6ebd746c606d7cc553245ff0fb170ebd21ad" },
            { 0, 23, 0x0303,
              "d5bbbf889db13d478646fdab7d4a5cbfae2113e209" },
            { 1, 23, 0x0303,
              "5bc05d1ac3d7617a843bf9d8f8dc89a8231b8272b518" },
            { 1, 23, 0x0303,
              "cc7fb6df53827cd8108e12131e3bf5ff1dfcbe4381025a8424b988" },
            { 0, 23, 0x0303,
              "504839d5617ffa911235b9af117db93de3c0f9e7a516" },
            { 0, 23, 0x0303,
              "215d72870e64f7343f100b442345402e24be9a62185522" },
            { 0, 23, 0x0303,
              "bae1dfe942747b3b848a226e2273770348b666" },
            { 1, 23, 0x0303,
              "e737390d84483ab388e0164b7c89747ec2edc1" },
        },
    },
    {
        .name = "tls13_aes256",
        .protocol = 0x0304,
        .cipher = 0x1302,
        .client_random =
            "55b5974506dc0533277a5c20fd549ba8c053abac308fb4a794d0076adb8bb552",
        .server_random =
            "e78fdf13025573186d241a03c497df56fc4cfcee062c3f37d4749e43483f1650",
        .keys =
            "SERVER_HANDSHAKE_TRAFFIC_SECRET 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a7"
            "94d0076adb8bb552 0696d23032b4c887815e87d67c855a8e7278af728c340d03b38636e04b3d5ae"
            "de8e05907f4b4517e879af15beb59e193\n"
            "SERVER_TRAFFIC_SECRET_0 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a794d0076a"
            "db8bb552 e0475daa4405a1494ca405776ab6d6138f40f3f7240687d776600df8582945754a443e5"
            "f6b11f8cfdbce5be7d1a43fdc\n"
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a7"
            "94d0076adb8bb552 0d3e697321c3344e297f81ba601aa14b40c5ee04150a0216c8adf7ad34ce680"
            "8c33f7acf43d43c295cbd020910408fbd\n"
            "CLIENT_TRAFFIC_SECRET_0 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a794d0076a"
            "db8bb552 b0f56774ad3766f3c463826c14b8cd2aa7aa502d627567e9df4278ff43cc8d637737455"
            "463b5b5d4bf2c9fc9393d6c6b\n"
            "CLIENT_TRAFFIC_SECRET_N 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a794d0076a"
            "db8bb552 c95814b05721e9eae35aef58aee593022695a80ef0c463ef25257aa208ce45552bc7f4e"
            "0b8c94efa4f35b7b25a80001d\n"
            "SERVER_TRAFFIC_SECRET_N 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a794d0076a"
            "db8bb552 918f2120f3e192535657fb6a29499e81090da33e8938c8ab77aae4ae7bf29c56f806219"
            "a6521254a3e429cad216426c3\n"
            "CLIENT_TRAFFIC_SECRET_N 55b5974506dc0533277a5c20fd549ba8c053abac308fb4a794d0076a"
            "db8bb552 f3107bfa5523786492f919fc20106d0047ff41a7125aac6dff48f673dfc1681f0c99408"
            "3752686a6d7d4d4248d0d0c11\n",
        .said = { "one from the client\ntwo\nthree\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 1, 20, 0x0303,
              "01" },
            { 1, 23, 0x0303,
              "e1503d091a26a45416ebf93481e1f5c2637b1bbcc0a865" },
            { 1, 23, 0x0303,
              "480c7e6c06984bc635a5149bd1ff3d018c75d140ff196e28b164eb6cad75b76bfb815d14c37fe3"
              "48445be1b093015e7e0d5d8465dbf3b9649df40b3924c1f215d599e20506664e7c1edc8838c8d4"
              "ef14b13c3d28b69c38c8e180cfce843260f84123bec9f04ec1fcd0fa489be9cadacdc8c83ef57a"
              "1d70aed01e226e5909b992d5d7890f0a14e5e96d24598a4cd4cabd538ce0afd252558b84e9a4be"
              "7f9532407788bbb2ca7b5eeda1a9936d4dfb1d3b6c2d8e948ab69c89f3cc364449ab9864e50721"
              "1a2fe05861e5ad699675a5da20fd939e3acd52f7fa32e7106d5a989086abf87aec236051366a7f"
              "6e860440711cd86d1dfb60a6532a0d136372f34a8a0f5b79e49d6be425adb108042e11f87a6d7e"
              "7def2c2f77ad313a4cb63ac41f34f54734eb11df3a39445c2c1dc9aa31c9b0ee140c872bd73168"
              "15ed628a695e66651e0abbf6ebf8201d3ecc42a64b2a089b49ce9ac35f509e6d4de2cb9c77c043"
              "3c28477b86a297df616523bef9049a98d8c70f8ee42600a2dfd0b39381b10c6f4305b8a9d31817"
              "be4928ec24390259f954" },
            { 1, 23, 0x0303,
              "588833f366bd8b471bb08acf038d40d5286ae86ae0a34325b1a835c7230792ed691e08a05824c0"
              "b7d3f84b1445be822c5674688179ca0c3059a008b5ed989ecf6421cea97e8b2bcafc36cb37b97d"
              "205c1cdf700233455a6b4d5c3d70801f406e" },
            { 1, 23, 0x0303,
              "2687cfdd47b141cba68a335c0139246ca5ba81eb91783c0ce41b7e624718b1db5855995760ca9a"
              "b300d333710deb76bfa6c39db7edce9dbdee0c16f13a6c274fd660fc59da" },
            { 0, 20, 0x0303,
              "01" },
            { 0, 23, 0x0303,
              "fb3b473519dde7cc6eb8ef5b8a4354a9da494445aff227f1a182fffd65cc349aac08baa353916c"
              "0febf619d472355bf4f13cbc09a9b969a89815c99ca6c03a1c9293860da2" },
            { 1, 23, 0x0303,
              "f497f9dbf44edf3a1b05afc003290ac538d498549090d153cce8b5bab2ec63c2193a3a83be04fe"
              "96ee1c4eeed045f2cf2b2d847fe75c81adb6f742900f12536b793eebec07cbfa70384a4ef3c7e0"
              "77f9c9282bb010a338341ae4adeb35b030cc8e01e30d9022d31a7054c5aeeae202771538e18b6b"
              "9445577def0986f7fceae410c82375bcf80c6fbe753b4f0f1fee8d534d5a449eb0c4dec0faf1f1"
              "d34fe02152b2be9fe9a35ce7db461713859cef03594b5f29701400f717378a0feef338d1cc5b90"
              "b478f659e29bc80fc00d7caca2da5b1b50ae0b7ce151c7d727321ca8bd0b4867ca95dff0fa4ffc"
              "598c64e50e6fb496ef2e4365b74ec455" },
            { 1, 23, 0x0303,
              "3842ec3d77064fb9b5f224b4b95d4efe327fb4d76eab0a68359f3c6ad36270e60b90b6aaa4a370"
              "cd876ce6938f6de7289b288153e89475a7564b782311ca36188cd0ebd526e25217fc6c271ba93a"
              "0874c992913ad44f2be4cab0e6ae8fe39c4431871378dd3055dfe01dcf953630a66544ca34c422"
              "4231f77246eaace098a7db38d7a5396ce05b0ddbcb6644340683135ece559dc120ab820a16a080"
              "c6b2834b42831e6e5a32ee06f81ad1e806ed93f1b0f738849eb7034a918ceda19abe97cc18c82c"
              "27c20aec3bbb006cd02b6e7c87a8426799de4bb33d81e8adfd1734c89780df3e45d3819d0760d1"
              "7f9a88172c36ee400028326c0ede6920" },
            { 0, 23, 0x0303,
              "51d328075d9691e0f2739a03dc5cc1b62d2c51344316d529979d65b48ebeaf2b872ba9db4a" },
            { 1, 23, 0x0303,
              "5623b5e1a143ee6e3b207b7c93ce68d32698f23255ab8e7f945933726c9e5bb6606e22f93a" },
            { 0, 23, 0x0303,
              "dd74e3f0df113bc08dc5d153ebe25e64ca87b581768c" },
            { 0, 23, 0x0303,
              "64a7d999cf83aad9396d35587d21c4228f0e22b79d" },
            { 1, 23, 0x0303,
              "9459115d93eb9d4c7ff6fe6025891e55008bcd41278f" },
            { 1, 23, 0x0303,
              "35000b29619bdda9dc98a0a18fc5c3d8329ab31aa6d229537102ef" },
            { 0, 23, 0x0303,
              "f2d35d7d1aef38c8b50e3c2ce78ea4bb84a0f9af318e" },
            { 0, 23, 0x0303,
              "2c71761f3770c8ff4635abc9b68a780fd241d72344714c" },
            { 0, 23, 0x0303,
              "4876c937dbf3b3f90e37467f6f9a033d309dd3" },
            { 1, 23, 0x0303,
              "a262af48f6217c17ffdbc83640b30eeba93144" },
        },
    },
    {
        .name = "tls13_chacha",
        .protocol = 0x0304,
        .cipher = 0x1303,
        .client_random =
            "6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57db9a5cd55959c9b1e",
        .server_random =
            "b340fd4c3bbc328de6606cc63808a8eaa2c43b25a19adce6f09c132c3b5dcb7e",
        .keys =
            "SERVER_HANDSHAKE_TRAFFIC_SECRET 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57d"
            "b9a5cd55959c9b1e 4bb062a27efbc160d06cec908e1379d02a54e1cad9065d48b66ca6aa0f02dc9"
            "9\n"
            "SERVER_TRAFFIC_SECRET_0 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57db9a5cd55"
            "959c9b1e 3e5643ca1dced9a7d555d9a1c898daf65982218fb4ed8149e0e787d22ed6064b\n"
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57d"
            "b9a5cd55959c9b1e 0689d47de71c5ec31176b74ede0670d7af1056366c0097d9d1d6c3c9ed2f191"
            "1\n"
            "CLIENT_TRAFFIC_SECRET_0 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57db9a5cd55"
            "959c9b1e 79f2d7ec9214f808de3756d3e12c81f8536e62c110ca09da87e01fcf66855df0\n"
            "CLIENT_TRAFFIC_SECRET_N 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57db9a5cd55"
            "959c9b1e 984e05f6307b72f91c70efa4634fc6aef3eb9fa483cedc942c1faf674c375a3a\n"
            "SERVER_TRAFFIC_SECRET_N 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57db9a5cd55"
            "959c9b1e 84d2c4699adb80ec4eb37794fe6433660c2e17878f8ecedcc1a14dce3b9a86c8\n"
            "CLIENT_TRAFFIC_SECRET_N 6d91e60ccbf70b3f041a34d5dda8920520458ec5774ea57db9a5cd55"
            "959c9b1e 197d9d97cd91398eff9cec6ee0ec6aea84a0f10d861927fd90963e22e180db37\n",
        .said = { "one from the client\ntwo\nthree\n",
                  "one from the server\ntwo of it\n" },
        .records = {
            { 1, 20, 0x0303,
              "01" },
            { 1, 23, 0x0303,
              "e095e915cb005d4aa142c436dc4a4215834e2fe1568484c5f6c34da1d9859bdece2ee1297e7e2d"
              "2b40722bfe1998e18d807f1ea543dc2004b2b37b3ab6053d7b43b2b9b85b28e32dd0b08fb0a65e"
              "5a8b" },
            { 1, 23, 0x0303,
              "7ff187896502876fcd8f06ccb3991cec4f422ef6d948346078e430029488b1c5bc6d7c62756dc9"
              "a59d0b53c3e55c3c8476125b461bcb3e6b1c12f6903da83f2f814d2598b2e77c1297d0914522bb"
              "5d0dbaa21fb1710fba2b413973f15029f0404756971732833dbd18244560a2bc6e5a3fb41b4bf3"
              "7cfa87250bde76e6ad459fd9e0542d38189a2dc138da21efc99e186c79d97a78492b3ed11b620e"
              "253c3e556a5767b02717de53ee5e6b4bbfe64cf81807c869695cbb3737d3524ede9c8db397ab4c"
              "a68641449cbb9a70b0494648aa615fa74ad79af17f1cdf5953f17f63ffc0fb99a0050f113133d1"
              "a53b1b7eed937e5108080e5cc0635191060053db981132943cf6ec8c0ff0e040a4112e3f72113a"
              "ba89e7a8ea5480cddcfb49393f750ae82982921e1c4f0e6376ad2256f5aed9dd680aa956ada25c"
              "ed98f0b19d89336933ae11cc88bbe602972cdee29b77b9bbfe1cda74afa73b102a906afa0f290e"
              "0ff3804e594d29a32b4a0e2696fa7854177ed237cf4e5699c63d0267a58a80183bb1586291f16d"
              "6215d4eda476fcd0bf4a" },
            { 1, 23, 0x0303,
              "dc94d157bc7dbcdad27fd7a6dac22b468bb44413cca72cbd3229b8ffb335247292f05bed26666f"
              "d75db2488aebf4ba55e9579dbf4065445f1f4ea3f2ad315dbb7c0b1f7120e2a86aedebbba25326"
              "37df3e24a386f10844478ff3c0f46e0be101f62ce071707fe854be87b7c3c3d89ae357cdc38130"
              "27abc07535b2330a7a4a138225e3c176ba46679c02ba5dbb30f7c4" },
            { 1, 23, 0x0303,
              "22dd2d9a870c3f2adf8c84fb239556c7dc8140b32428d14683bb44c6205617bd8fdca8a7c2e57a"
              "c58482ca3ca8034aff10d2d194d5bdf6f258badd8987ba01061744f7e7f509078b591e071cf233"
              "7846" },
            { 0, 20, 0x0303,
              "01" },
            { 0, 23, 0x0303,
              "f6d70a665eb905bf30a8da86a956fbd5f8324ce137db530fed02a4b0e55f7b635dedb7d80a63d2"
              "469882edbb6dfd1560ca85eae41250f2dc5e7459242894a6c81ac47d9a4fd65f9b1f97e511c073"
              "27d6" },
            { 1, 23, 0x0303,
              "cc08861f2e65cc071936ea42c6e48d56782cf37b1c8f6dc450fb1d2a540389f26b701cd1107ea7"
              "26c66f3a3770d4509d33b60d47457de7c72360dccc395437f6232a1dee4b50433212e23ea66643"
              "57b5e2eada58f14f2f6c809217d32f3c790cda1097e0bcbfb060534845c6bdbca1e5be70f1afba"
              "1ccc006e301a3093e727dea8e3c6123869d61891d64f1a7444953f4e4258548058e0514e260748"
              "dfef208505a8e7245e9307bf160867e20444538561f812b7da79233bc0a1e89b7fa14a98eb8f31"
              "1a1cfd9b18d199f39dd72374d2cb938644c5d4085243d461e254463192627a74d76cbe395cf92a"
              "6810cc0fb278b2793773c76d53719d8d3b59e73ede72907a5da157cd98028420ade237095f45" },
            { 1, 23, 0x0303,
              "04cdc85e3a8b002b4de3babf55929cd0330ac04c35e147b489194ec3da9f79236d20cbe50a230d"
              "9a96e758b28c79aad565d491fa38cdb24dfeed176f74ddfa3e7409cba7f270c88ab2f21e75d2fd"
              "31f1e56b642aeed46fe59477274439eb8cb10a056657e9ce42c69d3af072743f00dc797efdce58"
              "3e9b9ed884fe42043f36c8c7ff29878b6b38d2124c2fc0eccd96c0275ef1974becd2fe21db89c4"
              "40e3ba80d858519fdddb3b4c6de0c9bb988ac407e75b2656b78998caa77ff2a08d992576db8982"
              "37f2581539ce75f2e6cb4821d762ead450a61e81b62393407a24bca815780cf8b995f71bc66b62"
              "00b384205b61eba3fd4cb13bdf3b73711da7c581fb744d52f892527a7af46d1282a68c882b61" },
            { 0, 23, 0x0303,
              "0a980ba096aedc832e571e2fa7a6bbd1bf6129da963191e90325a945200336a79bd7a5df30d8f9"
              "0730a62dcae74e7940f42b7d3616370b4af901c40136a159d7f25169e96f78c8e9aa525ab4b771"
              "4a71" },
            { 1, 23, 0x0303,
              "3a6ac239c26594d6be26d78e6137bb5f525969106e34e18ed64e61a4b4759d2b1f0e17e20ca1e7"
              "e99a6a9a472cb2f8a1a93e5ed3d61eeb57dc4229922b41c1f600ccb5aa1533b86c708e16911abe"
              "9336" },
            { 0, 23, 0x0303,
              "8a00a921d1b63baf3efe149952271447d7e4c5ba4e54428ef8767af1ac84e70ea54eeb5927cc6f"
              "68cdbd80cefdf19ee3751c4bc1ed4075550043287bb56413398c6b16bab85efcba89bc3657a93d"
              "c13c" },
            { 0, 23, 0x0303,
              "6c38e6ac8923dc6ae871a37022670a3efe808adce9106bf6f93c5f54875dc9c334472d54d0298d"
              "e39ec53a0a5b53218e76f93a07fccd668a1045618f8cdb793df23fd6a143989ed821b7dab242ca"
              "e962" },
            { 1, 23, 0x0303,
              "8464206c960d4312fb02cdd03815dc9c6c5ab4614e8f16b4d0234094c51e5f7860f98bd7724228"
              "3a0d122cdeb98360894f6c2137db8ffd0fb7249008f57b0689f4fe7d2c108f1d95deaae5de8478"
              "8748" },
            { 1, 23, 0x0303,
              "1b637eea10ea19c7cad8fc3279a9e6371b98a373a2757f4148d4f63db60b00994c800a4ff08c16"
              "cf4eaa7dd12ecea2a69fa3a1dae6d9d31c087fcee629ebe67e30538749a916e64a5b545ef3a152"
              "a83c" },
            { 0, 23, 0x0303,
              "9df11cfe4cd7c58606c68c5ba2482c4941ff2f7f14e65ea9b9b63ecdf957548ed6a15f3e330a90"
              "8a9eb92c7d05a9bfd8e90b47a6a5ae2efaa11c3e82c2200f37b79e8b2b5fcb070dea2f0bb5768b"
              "1150" },
            { 0, 23, 0x0303,
              "cd3926b3dcd944058563ccdd653fdf79b8b5a34120e256bd5636ec63681e32a1a68d7a4e64cf59"
              "95325e89842b3897a320b003cfdd5a4e49c8992473f744ab6a48134e87e79ba8d28f7cd337b118"
              "3b2b" },
            { 0, 23, 0x0303,
              "573d3480a00d858ccfd59bba1252d5786973d0e18a53bfc15d1cf734661ed68a727a8650e19b79"
              "5ed9e606bb84448b8ac0800c52e53a446c309653c8548905807a01c9434fcc36a30ac1f94e4d73"
              "cfbe" },
            { 1, 23, 0x0303,
              "0073ba00e8a1d5d119175675acbfdbde4060d9fbae53f31641a945a3f12a43c87581c223b0a76e"
              "9eeac5fb9058268f5e71ab15b0a297e28c3d91f122a825c02caedae2d63e6476edb415d0ae77f8"
              "3104" },
        },
    },
    {
        .name = "tls13_early",
        .protocol = 0x0304,
        .cipher = 0x1301,
        .client_random =
            "8af24b1037a3eb4c97e98638cb103823aaeed5e8691b3ed3b1a715128450f9f9",
        .server_random =
            "af51259b70fc0fd3fe8f16f8757d7b9eedcf7e367eb2a5111b628f11124e6329",
        .keys =
            "CLIENT_EARLY_TRAFFIC_SECRET 8af24b1037a3eb4c97e98638cb103823aaeed5e8691b3ed3b1a7"
            "15128450f9f9 14cc56b5feb6b30f4c6286ef5b6106b9d565739a075508362ee7ab328f146868\n"
            "SERVER_HANDSHAKE_TRAFFIC_SECRET 8af24b1037a3eb4c97e98638cb103823aaeed5e8691b3ed3"
            "b1a715128450f9f9 5acb156b09d74e618b83789ceebc60b5f1e81b63836654548ab14da46303867"
            "d\n"
            "SERVER_TRAFFIC_SECRET_0 8af24b1037a3eb4c97e98638cb103823aaeed5e8691b3ed3b1a71512"
            "8450f9f9 094d70019290084a20b1c4577096177eaae89694ec231b14d582529b3de34afd\n"
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET 8af24b1037a3eb4c97e98638cb103823aaeed5e8691b3ed3"
            "b1a715128450f9f9 79e93990e8e8329dec2b69d771abfb2a57e740a3b144789463c97307058324b"
            "7\n"
            "CLIENT_TRAFFIC_SECRET_0 8af24b1037a3eb4c97e98638cb103823aaeed5e8691b3ed3b1a71512"
            "8450f9f9 208089ebd7df42add49b7f0bd2d69246061ac80feafcd78113a83d7e54f9cd9a\n",
        .said = { "early words\none from the client\n",
                  "one from the server\n" },
        .records = {
            { 0, 20, 0x0303,
              "01" },
            { 0, 23, 0x0303,
              "8c192a6744da18746d3ff3511f5db04ff9e8f82b51aed2305e321665c8" },
            { 1, 20, 0x0303,
              "01" },
            { 1, 23, 0x0303,
              "aa380639b46061d7bb20fa982a08cef5148d1807ccb1cb0c275eed" },
            { 1, 23, 0x0303,
              "030cefb47a89bfa55dbc80b4e0a7949f1191947d05a0e56ff9fd88107a98ccc683e883713a418b"
              "96e03ff88e5330eaad6c76074bec" },
            { 0, 23, 0x0303,
              "f965e416aeffd05a2edda388961a82fa9c11088785" },
            { 0, 23, 0x0303,
              "287f1458be48a10cee42cdee37fecb4f63f9f327e81c828af5215d8e2e05ee3c1110ceaf7edcf3"
              "c15e228e0dc507d662580d72323f" },
            { 1, 23, 0x0303,
              "a024c6eea3a5a47191e7124bba1d3dbd0d9ef412f995fff4e4919115c367a973b562d1cfdd0bf9"
              "dbfdb386625f44849aeeb27d7c1287ee141c3d1c64f55cbc0a20ce62c8efe54188db39bfb4b762"
              "deca76be" },
            { 0, 23, 0x0303,
              "2a937e76ebd95daf0ba387149b2af17cd86d5783ca97dfe693d7892481f82d003ab62f1fa9" },
            { 1, 23, 0x0303,
              "979f97830e0e5032a44aed60e2a64428d4c817e9dca163c38852313e8a4a28c8b5dd9ca6ff" },
            { 0, 23, 0x0303,
              "5fc26b33825ee6ccab7ec2adce2b329d684a16" },
            { 1, 23, 0x0303,
              "991c94e25791e8570c86e13d61627c1acf1804" },
        },
    },
};

#endif
